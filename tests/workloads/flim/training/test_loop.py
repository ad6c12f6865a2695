"""Training: reproducible, resumable, and honest about what it cannot use."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from stomp_flim.errors import InputError
from workloads.flim.data.pixels import WIDE, Recipe, batch
from workloads.flim.training import loop
from workloads.flim.training.checkpoints import load
from workloads.flim.training.distillation import TeacherOutputs, distilled_target, teacher_outputs
from workloads.flim.training.loop import train
from workloads.flim.training.losses import decay_loss
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.plan import Plan

torch.set_num_threads(1)  # sums in one order; and threads that wait for each other are slow

PLAN = Plan(6, pixels=4, warmup=2, learning_rate=1e-2)


def weights(network: EncoderDecoder) -> torch.Tensor:
    """Return all weights in one row."""
    return torch.cat([value.detach().reshape(-1) for value in network.parameters()])


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> TeacherOutputs:
    """Compute the outputs of a small teacher for two batches."""
    return teacher_outputs(
        EncoderDecoder((5, 5), seed=8), Recipe(), pixels=4, data_seed=1, batches=2,
        folder=tmp_path_factory.mktemp("teacher"),
    )  # fmt: skip


@pytest.mark.parametrize("arithmetic", [None, SEQ2SEQLITE_8_BIT], ids=["real", "8 bits"])
def test_one_seed_gives_one_network(arithmetic: object) -> None:
    """Two trainings of one plan end in equal weights and losses; another order in others."""
    outcomes = []
    for plan in (PLAN, PLAN, replace(PLAN, data_seed=2)):
        network = EncoderDecoder((5,), arithmetic=arithmetic)  # type: ignore[arg-type]
        outcomes.append((train(network, plan), weights(network)))

    assert outcomes[0][0] == outcomes[1][0]
    assert torch.equal(outcomes[0][1], outcomes[1][1])
    assert not torch.equal(outcomes[0][1], outcomes[2][1])
    assert not torch.equal(outcomes[0][1], weights(EncoderDecoder((5,))))


@pytest.mark.parametrize("keep_best", [False, True], ids=["last", "best"])
def test_interrupted_training_goes_on_where_it_was(
    keep_best: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C keeps the steps that were done; resumed, the weights are those of one long run."""
    monkeypatch.setattr(loop, "WINDOW", 3)
    plan = replace(PLAN, keep_best=keep_best)
    whole, halves = EncoderDecoder((5,)), EncoderDecoder((5,))
    losses = train(whole, plan)

    def interrupt(step: int, loss: float) -> None:
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(halves, plan, checkpoint=tmp_path / "c.pt", progress=interrupt)
    assert load(tmp_path / "c.pt")[2].losses == losses[:4]
    resumed = EncoderDecoder((5,))

    assert losses == train(resumed, plan, checkpoint=tmp_path / "c.pt")
    assert torch.equal(weights(whole), weights(resumed))
    assert ["c.pt"] == [path.name for path in tmp_path.iterdir()]


def test_interrupt_within_an_update_keeps_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights that are half updated are not written: the last whole checkpoint stands."""
    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 2)
    network = EncoderDecoder((5,))
    keep_in_range = network.keep_in_range

    def interrupt() -> None:
        keep_in_range()
        calls.append(None)
        if len(calls) == 4:
            raise KeyboardInterrupt

    calls: list[None] = []
    monkeypatch.setattr(network, "keep_in_range", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(network, PLAN, checkpoint=tmp_path / "c.pt")
    assert load(tmp_path / "c.pt")[2].step == 2
    resumed, whole = EncoderDecoder((5,)), EncoderDecoder((5,))
    train(resumed, PLAN, checkpoint=tmp_path / "c.pt")
    train(whole, PLAN)

    assert torch.equal(weights(whole), weights(resumed))


def test_best_weights_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that may keep its best ends with the mean weights of the window that is best.

    That is measured on pixels of a stream of its own.
    """
    monkeypatch.setattr(loop, "WINDOW", 2)
    monkeypatch.setattr(loop, "CHOICE_PIXELS", 8)
    plan = replace(PLAN, learning_rate=0.9, keep_best=True)
    network, seen = EncoderDecoder((5,)), [weights(EncoderDecoder((5,)))]

    train(
        network,
        plan,
        checkpoint=tmp_path / "c.pt",
        progress=lambda *_: seen.append(weights(network)),
    )

    chosen_on = batch(plan.recipe, 8, loop.CHOICE_SEED, 0)
    means = [(seen[end].double() + seen[end - 1].double()).float() / 2 for end in (2, 4)]

    def error(values: torch.Tensor) -> float:
        other = EncoderDecoder((5,))
        torch.nn.utils.vector_to_parameters(values, other.parameters())
        with torch.no_grad():
            y = other(torch.from_numpy(chosen_on.inputs()))
        return float(decay_loss(y, torch.from_numpy(chosen_on.targets()), plan.integral_weight))

    best = min(means, key=error)
    assert error(weights(network)) == pytest.approx(error(best))  # so high a rate harms later on
    torch.testing.assert_close(best, weights(network))
    assert torch.equal(weights(network), weights(load(tmp_path / "c.pt")[0]))


def test_complete_training_is_not_repeated(tmp_path: Path) -> None:
    """Its checkpoint gives the weights and the losses without a step."""
    first, again = EncoderDecoder((5,)), EncoderDecoder((5,), seed=9)
    losses = train(first, PLAN, checkpoint=tmp_path / "c.pt")

    found = train(again, PLAN, checkpoint=tmp_path / "c.pt", progress=lambda *_: 1 / 0)

    assert losses == found
    assert torch.equal(weights(first), weights(again))


@pytest.mark.parametrize("astray", [False, True])
def test_a_gradient_that_went_astray_is_not_followed(
    astray: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a bound, that along real states takes the place of that along rounded ones."""
    plan = replace(PLAN, largest_gradient=1e-9)  # any gradient is beyond it
    network = EncoderDecoder((5,), seed=4, arithmetic=SEQ2SEQLITE_8_BIT)
    assert network.integer_steps is not None
    if not astray:
        monkeypatch.setattr(loop, "ASTRAY", 1e12)

    loop.gradients(network, plan, 0, None, "cpu")

    found = torch.cat([each.grad.flatten() for each in network.parameters()])
    pixels = batch(plan.recipe, plan.pixels, plan.data_seed, 0)
    network.zero_grad()
    with network.integer_steps.along_real_states() if astray else nullcontext():
        outputs = network(torch.from_numpy(pixels.inputs()))
        decay_loss(outputs, torch.from_numpy(pixels.targets()), plan.integral_weight).backward()
    expected = torch.cat([each.grad.flatten() for each in network.parameters()])
    torch.testing.assert_close(found, expected / expected.norm() * 1e-9, rtol=1e-4, atol=1e-15)


def test_an_infinite_gradient_changes_no_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is left out, where that along real states is infinite too."""
    network = EncoderDecoder((5,), seed=4, arithmetic=SEQ2SEQLITE_8_BIT)
    monkeypatch.setattr(loop, "decay_loss", lambda outputs, *_: (outputs * torch.inf).sum())

    loop.gradients(network, PLAN, 0, None, "cpu")

    assert all(parameter.grad is None for parameter in network.parameters())


def test_distillation_has_the_gradient_of_both_distances() -> None:
    """One target between teacher and truth gives the gradient of the weighted distances."""
    rng = np.random.default_rng(0)
    y = torch.from_numpy(rng.random((3, 7, 3), np.float32)).requires_grad_()
    taught = rng.random((3, 7, 3)).astype(np.float16)
    truth = rng.random((3, 7, 3), np.float32)

    mixed = torch.from_numpy(distilled_target(taught, truth, 0.6))
    apart = 0.6 * decay_loss(y, torch.from_numpy(taught.astype(np.float32)), 5.0)
    apart = apart + 0.4 * decay_loss(y, torch.from_numpy(truth), 5.0)

    torch.testing.assert_close(
        torch.autograd.grad(decay_loss(y, mixed, 5.0), y)[0], torch.autograd.grad(apart, y)[0]
    )


def test_teacher_outputs_are_those_of_the_teacher(teacher: TeacherOutputs) -> None:
    """They are computed for the batches that the student reads, to half precision."""
    x = torch.from_numpy(batch(Recipe(), 4, 1, 1).inputs())

    with torch.no_grad():
        expected = EncoderDecoder((5, 5), seed=8)(x).numpy()

    np.testing.assert_allclose(teacher.outputs[1], expected, rtol=1e-3, atol=1e-4)


def test_outputs_are_kept_by_teacher_and_data(tmp_path: Path) -> None:
    """The file of the same teacher and data is read again, if long enough; others never are."""
    made: list[int] = []

    def outputs(seed: int, batches: int, recipe: Recipe) -> TeacherOutputs:
        return teacher_outputs(
            EncoderDecoder((5,), seed=seed), recipe, pixels=4, data_seed=1, batches=batches,
            folder=tmp_path, progress=lambda done, _: made.append(done),
        )  # fmt: skip

    first = outputs(1, 2, Recipe())
    again = outputs(1, 1, Recipe())
    assert made == [1, 2]
    np.testing.assert_array_equal(first.outputs, again.outputs)
    assert first.teacher != outputs(2, 1, Recipe()).teacher
    outputs(1, 1, WIDE)
    outputs(1, 3, Recipe())
    assert made == [1, 2, 1, 1, 1, 2, 3]

    (file,) = (path for path in tmp_path.iterdir() if len(np.load(path)) == 3)
    np.save(file, np.zeros((3, 4), np.float16))
    with pytest.raises(InputError, match=rf"{file.name}: float16\[3, 4\], expected a teacher's"):
        outputs(1, 3, Recipe())


def test_students_of_another_teacher_are_not_taken(teacher: TeacherOutputs, tmp_path: Path) -> None:
    """A checkpoint names its teacher: one that was trained anew asks for new students."""
    plan = replace(PLAN, batches=2, teacher_weight=0.6)
    train(EncoderDecoder((5,)), plan, teacher=teacher, checkpoint=tmp_path / "c.pt")

    other = replace(teacher, teacher="another")
    with pytest.raises(InputError, match=r"c\.pt: checkpoint of another plan: teacher is"):
        train(EncoderDecoder((5,)), plan, teacher=other, checkpoint=tmp_path / "c.pt")


def test_loss_that_is_no_number_names_its_training(tmp_path: Path) -> None:
    """The file tells which of several trainings it was; it keeps the steps before."""
    network = EncoderDecoder((5,))
    with torch.no_grad():
        network.dense_bias.fill_(torch.nan)

    with pytest.raises(InputError, match=r"c\.pt: the loss of step 0 is nan, expected a finite"):
        train(network, PLAN, checkpoint=tmp_path / "c.pt")


def test_teacher_moves_the_student(teacher: TeacherOutputs) -> None:
    """With a teacher the student becomes another one than alone."""
    alone, taught = EncoderDecoder((5,)), EncoderDecoder((5,))
    plan = replace(PLAN, batches=2)

    train(alone, plan)
    train(taught, replace(plan, teacher_weight=0.6), teacher=teacher)

    assert not torch.equal(weights(alone), weights(taught))


def test_teacher_of_other_pixels(teacher: TeacherOutputs) -> None:
    """Outputs that do not belong to the plan's pixels are refused, and a weight without any."""
    plan = replace(PLAN, batches=2, teacher_weight=0.6)
    with pytest.raises(InputError, match="with the data seed 1, expected 2 of 4 with 5"):
        train(EncoderDecoder((5,)), replace(plan, data_seed=5), teacher=teacher)
    with pytest.raises(InputError, match="expected 3 of 4"):
        train(EncoderDecoder((5,)), replace(plan, batches=3), teacher=teacher)
    with pytest.raises(InputError, match=r"teacher_weight is 0\.6, expected 0 without a teacher"):
        train(EncoderDecoder((5,)), plan)


def test_checkpoint_of_another_architecture(tmp_path: Path) -> None:
    """Other units, other numbers or another plan: the message says which, and nothing is lost."""
    path = tmp_path / "c.pt"
    train(EncoderDecoder((5,)), PLAN, checkpoint=path)
    before = path.read_bytes()

    with pytest.raises(InputError, match=r"another architecture: units is \[5\], expected \[6\]"):
        train(EncoderDecoder((6,)), PLAN, checkpoint=path)
    with pytest.raises(InputError, match="arithmetic is None, expected 'seq2seqlite-8-bit'"):
        train(EncoderDecoder((5,), arithmetic=SEQ2SEQLITE_8_BIT), PLAN, checkpoint=path)
    with pytest.raises(InputError, match="another plan: steps is 6, expected 7"):
        train(EncoderDecoder((5,)), replace(PLAN, steps=7), checkpoint=path)
    assert before == path.read_bytes()


def test_files_that_are_no_checkpoint(tmp_path: Path) -> None:
    """Missing, truncated and foreign files are refused by name."""
    with pytest.raises(InputError, match=r"no\.pt: cannot be read: No such file"):
        load(tmp_path / "no.pt")
    (tmp_path / "bad.pt").write_bytes(b"no checkpoint")
    with pytest.raises(InputError, match=r"bad\.pt: is not a readable checkpoint"):
        load(tmp_path / "bad.pt")
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(InputError, match=r"other\.pt: is not a checkpoint, expected architecture"):
        load(tmp_path / "other.pt")


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"steps": 0}, "steps is 0, expected at least 1"),
        ({"learning_rate": 0.0}, r"learning_rate is 0\.0"),
        ({"teacher_weight": 1.5}, r"teacher_weight is 1\.5, expected 0 to 1"),
        ({"order_seed": -1}, "order_seed is -1, expected at least 0"),
        ({"integral_weight": -1.0}, r"integral_weight is -1\.0, expected >= 0"),
    ],
)
def test_plans_that_mean_nothing(numbers: dict[str, float], message: str) -> None:
    """Numbers out of range are refused before any step."""
    with pytest.raises(InputError, match=message):
        Plan(**{"steps": 5, **numbers})  # type: ignore[arg-type]


def test_rate_rises_and_falls() -> None:
    """The rate reaches its highest value after the warm-up and ends near nothing."""
    plan = Plan(1000, warmup=100, learning_rate=1e-3)
    rates = [plan.rate(step) for step in range(1000)]

    assert rates[0] < 2e-5
    assert 90 <= int(np.argmax(rates)) <= 100
    assert max(rates) == pytest.approx(1e-3, rel=0.03)
    assert rates[-1] < 1.1e-5


def test_every_pass_reads_every_batch_once() -> None:
    """Batches come in another order in each pass, none twice before all were read."""
    plan = Plan(20, batches=10)
    first, second = ([plan.batch_of(step + start) for step in range(10)] for start in (0, 10))

    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert [0, 1, 2] == [Plan(3).batch_of(step) for step in range(3)]
