"""ONNX files in comparisons: for how many steps they run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from tests.experiments.shared.commands import rows, run


def _onnx(path: Path, steps: int | str) -> Path:
    """Write a GRU of two units, whose time axis has a size or a name."""
    weights = [
        numpy_helper.from_array(np.ones(shape, np.float32), name)
        for name, shape in {"W": (1, 6, 1), "R": (1, 6, 2)}.items()
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (steps, 1, 1))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, (steps, 1, 1, 2))
    node = helper.make_node("GRU", ["x", "W", "R"], ["y"], hidden_size=2)
    graph = helper.make_graph([node], "gru", [x], [y], weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)]), path)
    return path


@pytest.mark.parametrize("command", ["compare", "speedup"])
def test_onnx_files_run_for_their_own_steps(command: str, tmp_path: Path) -> None:
    """Beside a registered workload of one step, and asked for where the file leaves them open."""
    words = (command, "--pixels", 1, "--policy", "fifo", "--stage", "encoder")
    fixed, open_ = (_onnx(tmp_path / f"{steps}.onnx", steps) for steps in (5, "n"))
    found = rows(tmp_path / "a", *words, "--model", fixed, "--model", "seq2seqlite")
    assert [("5.onnx", 5), ("seq2seqlite", 1)] == [(row["model"], row["steps"]) for row in found]
    given = rows(tmp_path / "b", *words, "--model", open_, "--steps", 5)
    assert [found[0]["makespan"]] == [row["makespan"] for row in given]
    result = run(*words, "--model", open_, "--out", tmp_path / "c")
    assert "left open" in str(result.exception)
    assert "--steps N" in str(result.exception)
    result = run(*words, "--model", fixed, "--steps", 4, "--out", tmp_path / "c")
    assert "steps is 4, expected 5, to which the file fixes it" in str(result.exception)
    assert not (tmp_path / "c").exists()
