"""The command `train`: the zoo from scratch, resumable, with its loss curves and cards."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.shared.options import Jobs, PresetName
from experiments.shared.output import csv, image, resumable, write_files
from experiments.shared.processes import local_processes, process_count, run_reporting
from experiments.shared.progress import Report as ProgressReport
from experiments.shared.progress import progress
from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.study import resolved
from stomp_flim.errors import InputError
from stomp_flim.files import output_folder

if TYPE_CHECKING:
    from workloads.flim.training.recipe.entries import ZooEntry
    from workloads.flim.training.recipe.presets import Preset
    from workloads.flim.training.recipe.trainings import Report, ZooTraining

NETWORKS = (
    "seq2seqlite-32-field-response",
    "seq2seqlite-32-field",
    "seq2seqlite-32-wide",
    "seq2seqlite-32",
    "seq2seqlite-32-state16",
    "seq2seqlite-32-16bit",
    "seq2seqlite-16",
    "seq2seq-128",
)
"""The zoo, the longest training first."""

IMAGES = ("png", "svg")

Task = Callable[..., list[dict[str, Any]]]
"""Called with a function that is told how far trainings are; returns cards."""


def train(
    out: Annotated[Path, typer.Option("--out", help="Folder for checkpoints and results.")] = Path(
        "results/train"
    ),
    preset: Annotated[
        PresetName, typer.Option(help="Size of the trainings; zoo takes up to two hours.")
    ] = "zoo",
    network: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            help="seq2seq-128, or seq2seqlite-N with N units and, if it is not for the published "
            "range, -wide, -field or -field-response, and -16bit where it has 16 bits, -state16 "
            "where its state alone has; repeatable. Default: the zoo's.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the students.")] = 0,
    device: Annotated[str, typer.Option(help="As PyTorch names it, such as cpu or cuda.")] = "cpu",
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Train teacher and students, quantization-aware and with distillation, and export them.

    A wide student is for lifetimes of 0.05 to 3 ns, one for the field is for measured images of
    0.1 to 5 ns, and may read the response, too; they have no teacher. All have 8 bits but those of
    16.

    Writes a checkpoint for each training, the weights and cards as zoo/NAME.{npz,toml}, and the
    losses as losses.csv, losses.png and losses.svg. A training that was interrupted goes on with
    the same command; one that is complete is not repeated.
    """
    processes = process_count(jobs)
    if seed < 0:
        raise InputError(f"--seed: {seed}, expected a number >= 0")
    torch = torch_module()
    from workloads.flim.training.recipe.entries import zoo_entry
    from workloads.flim.training.recipe.presets import preset as preset_named
    from workloads.flim.training.recipe.trainings import ZooTraining, losses

    size = preset_named(preset)
    wanted = list(dict.fromkeys(zoo_entry(name) for name in network or NETWORKS))
    resolved(network=[entry.name for entry in wanted])
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"--device: {device!r} cannot be used: {error}") from error
    folder, zoo = output_folder(out), output_folder(out / "zoo")
    one_order_of_sums()
    with resumable(), progress() as report:
        training = ZooTraining(folder, size, device=device, report=with_losses(report))
        if device == "cpu" and processes > 1:
            cards = _in_processes(training, wanted, seed, zoo, processes)
        else:
            cards = [_entry(training, entry, seed, zoo) for entry in wanted]
    curves = losses(folder)
    write_files(
        {
            "losses.csv": _table(curves),
            **{f"losses.{kind}": _figure(curves, kind) for kind in IMAGES},
        },
        folder,
    )
    if as_json:
        typer.echo(json.dumps(cards, indent=2, default=str))
        return
    typer.echo("\n".join(map(_line, cards)))
    typer.echo(f"written   {zoo}, {folder / 'losses.csv'}, {folder / 'losses.png'}")


def torch_module() -> Any:
    """Return PyTorch, or say which extra brings it."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise InputError(
            "training needs PyTorch, expected the extra `train`: pip install 'stomp-flim[train]'"
        ) from error
    return torch


def one_order_of_sums() -> None:
    """Make PyTorch compute with one thread, in one order: equal weights on one machine."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def _in_processes(
    training: ZooTraining, wanted: Sequence[ZooEntry], seed: int, zoo: Path, processes: int
) -> list[dict[str, Any]]:
    """Train what needs no teacher, and the teacher, then its students, in a process each."""
    # Those that begin with the same training in real numbers share a process.
    groups: dict[tuple[Any, ...], list[ZooEntry]] = {}
    for entry in wanted:
        groups.setdefault((entry.units, entry.kind), []).append(entry)

    def tasks(taught: bool) -> list[Task]:
        return [
            partial(_complete, training.folder, training.preset, group, seed, zoo)
            for group in groups.values()
            if (group[0].is_distilled or group[0].is_teacher) == taught
        ]

    with local_processes(processes) as executor:
        first, then = tasks(taught=False), tasks(taught=True)
        if then:
            distilled = any(entry.is_distilled for entry in wanted)
            first.insert(0, partial(_teach, training.folder, training.preset, distilled))
        cards = [*chain.from_iterable(run_reporting(executor, first, training.report))]
        cards += chain.from_iterable(run_reporting(executor, then, training.report))
    order = [entry.name for entry in wanted]
    return sorted(cards, key=lambda card: order.index(card["name"]))


def _teach(folder: Path, size: Preset, distilled: bool, report: Report) -> list[dict[str, Any]]:
    """Train the teacher, and compute what students learn from; there is no card yet."""
    from workloads.flim.training.recipe.trainings import ZooTraining

    one_order_of_sums()
    training = ZooTraining(folder, size, report=report)
    training.teacher()
    if distilled:
        training.teacher_outputs()
    return []


def _complete(
    folder: Path, size: Preset, group: Sequence[ZooEntry], seed: int, zoo: Path, report: Report
) -> list[dict[str, Any]]:
    from workloads.flim.training.recipe.trainings import ZooTraining

    one_order_of_sums()
    training = ZooTraining(folder, size, report=report)
    return [_entry(training, entry, seed, zoo) for entry in group]


def _entry(training: ZooTraining, entry: ZooEntry, seed: int, zoo: Path) -> dict[str, Any]:
    from workloads.flim.training.cards import write_entry

    command = f"stomp-flim train --preset {training.preset.name} --network {entry.name}"
    if not entry.is_teacher:
        command += f" --seed {seed}"
    if training.device != "cpu":
        command += f" --device {training.device}"
    return write_entry(
        zoo,
        entry.name,
        training.shipped(entry, seed),
        training=training.plans(entry, seed),
        command=command,
        recipe=entry.kind.recipe,
    )


def _line(card: dict[str, Any]) -> str:
    held = card["held_out"]
    return (
        f"{card['name']:20} {card['parameters']} parameters, RMSE {held['rmse']:.4f}, "
        f"R2 {held['r2']:.4f}, mean lifetime off by {held['lifetime_error_1000']:.1%} "
        "at 1,000 photons (median)"
    )


def with_losses(report: ProgressReport) -> Report:
    """Return what trainings report to: their progress, with the loss as its note."""

    def of_training(training: str, done: int, steps: int, loss: float) -> None:
        report(training, done, steps, f"loss {loss:.5f}")

    return of_training


def _table(curves: dict[str, list[float]]) -> bytes:
    import pandas as pd

    rows = (
        (name, step, loss) for name, values in curves.items() for step, loss in enumerate(values, 1)
    )
    return csv(pd.DataFrame(rows, columns=["training", "step", "loss"]))


def _figure(curves: dict[str, list[float]], kind: str) -> bytes:
    from matplotlib.figure import Figure

    from stomp_flim.plots.style import paper_style
    from workloads.flim.plots.losses import losses

    with paper_style():
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        losses(curves, ax=figure.add_subplot())
    return image(figure, kind)
