"""Files that a reader brings to a page of the documentation, as the page names them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import REPOSITORY

from hwmodels.gru.weights import seeded_weights, write_weights
from hwmodels.network import Network
from stomp_flim import Mode, Task, TaskGraph
from stomp_flim.interchange.stomp.graph import write_graph
from workloads.flim.data.tpsf import synthetic_image

STOMP_STYLE = REPOSITORY / "tests/stomp_flim/stomp_policies/stomp_style"


@pytest.fixture
def bring() -> Callable[[str, Path], None]:
    """Return what writes the files of the reader of a page into a folder."""
    return _bring


def _bring(page: str, folder: Path) -> None:
    if page == "docs/background/networks.md":
        _image(folder / "image.npz")
        trained = folder / "results/mine/zoo"
        trained.mkdir(parents=True)
        network = Network("seq2seqlite-64", layers=1, hidden_units=64)
        write_weights(trained / "seq2seqlite-64.npz", seeded_weights(network, 1))
    if page == "docs/reference/stomp_policies.md":
        _stomp(folder)


def _image(path: Path) -> None:
    """Write a synthetic image of few pixels."""
    np.savez(path, counts=synthetic_image(12, seed=5).image.counts, bin_width_ns=0.09)


def _stomp(folder: Path) -> None:
    """Write a run of tasks and a run of jobs, each with a policy that is written for STOMP."""
    simulation: dict[str, Any] = {
        "sched_policy_module": "policies.simple_policy_ver2",
        "max_tasks_simulated": 3,
        "arrival_time_scale": 1.0,
        "servers": {"cpu": {"count": 1}, "gpu": {"count": 1}},
        "tasks": {"fft": {"mean_service_time": {"cpu": 20, "gpu": 5}}},
    }
    config = {"general": {"input_trace_file": "user_gen.trc"}, "simulation": simulation}
    (folder / "stomp.json").write_text(json.dumps(config))
    (folder / "user_gen.trc").write_text("cpu,gpu\n0,fft,20,5\n1,fft,20,5\n2,fft,20,5\n")
    (folder / "stomp_fli.json").write_text(json.dumps(config))
    (folder / "fli.trc").write_text("Time,Pixel #,Graph #,Timestep #\n0,1,1,1\n0,2,1,1\n")
    read, multiply = Task("read", [Mode({"cpu": 1}, 3)]), Task("multiply", [Mode({"gpu": 1}, 2)])
    graph = TaskGraph.from_tasks([read, multiply], [(0, 1)])
    (folder / "dags").mkdir()
    write_graph(graph, folder / "dags/dag_1_1.graphml", folder / "dags/dag_1_1.txt")
    for package, file in (("policies", "simple_policy_ver3"), ("task_policies", "edf")):
        (folder / package).mkdir()
        shutil.copy(STOMP_STYLE / f"{file}.py", folder / package)
