"""Checkpoints that were edited."""

from pathlib import Path
from typing import Any

import pytest

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.state_bits import with_state_bits
from stomp_flim import InputError

torch = pytest.importorskip("torch")
checkpoints = pytest.importorskip("workloads.flim.training.checkpoints")
networks = pytest.importorskip("workloads.flim.training.networks")


@pytest.fixture
def content(tmp_path: Path) -> dict[str, Any]:
    """Return what stands in a checkpoint."""
    checkpoints.save(tmp_path / "c.pt", networks.EncoderDecoder((3,)), {}, checkpoints.Progress())
    found: dict[str, Any] = torch.load(tmp_path / "c.pt", weights_only=True)
    return found


def test_a_whole_one_is_read_back(tmp_path: Path, content: dict[str, Any]) -> None:
    """The counterpart of what follows."""
    torch.save(content, tmp_path / "c.pt")
    module, plan, progress = checkpoints.load(tmp_path / "c.pt")
    assert ((3,), {}, 0, []) == (module.units, plan, progress.step, progress.losses)


def test_an_arithmetic_is_read_back(tmp_path: Path) -> None:
    """Whatever the bits of its state."""
    arithmetic = with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12, candidate=10)
    module = networks.EncoderDecoder((3,), arithmetic=arithmetic)
    checkpoints.save(tmp_path / "c.pt", module, {}, checkpoints.Progress())

    assert arithmetic == checkpoints.load(tmp_path / "c.pt")[0].arithmetic


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": 5},
        {"architecture": {}},
        {"architecture": {"units": [10**5], "outputs": 3, "arithmetic": None}},
        {"architecture": {"units": "3", "outputs": 3, "arithmetic": None}},
        {"architecture": {"units": [3], "outputs": 3, "arithmetic": "none"}},
        {"weights": {}},
        {"weights": [1]},
        {"step": -1},
        {"step": "1"},
        {"step": 7},
        {"losses": 3},
        {"losses": torch.zeros(1, 2)},
        {"optimizer": 1},
        {"best": None},
        {"best": {"loss": "low", "weights": {}, "window": {}}},
        {"best": {"loss": float("nan"), "weights": {}, "window": {}}},
        {"best": {"loss": 1.0, "weights": 2, "window": {}}},
        {"best": {"loss": 1.0, "weights": {}, "window": 2}},
    ],
)
def test_an_edited_one_is_refused(
    tmp_path: Path, content: dict[str, Any], change: dict[str, Any]
) -> None:
    """Whichever of its parts is not what it should be, and before room is made for it."""
    torch.save(content | change, tmp_path / "c.pt")
    with pytest.raises(InputError, match=r"c\.pt: "):
        checkpoints.load(tmp_path / "c.pt")
    with pytest.raises(InputError, match=r"c\.pt: "):
        checkpoints.resume(tmp_path / "c.pt", networks.EncoderDecoder((4,)), {})
