"""A small run of STOMP's, on two server types with one server each."""

import json

import pytest

from stomp_flim.interchange.stomp import load_run
from stomp_flim.interchange.stomp.graph import write_graph
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task


@pytest.fixture
def files(tmp_path):
    """Folder with a configuration, two task graphs and no trace yet."""
    config = {
        "general": {"input_trace_file": "t.trc"},
        "simulation": {
            "sched_policy_module": "task_policies.simple_policy_ver2",
            "max_tasks_simulated": 3,
            "arrival_time_scale": 1.0,
            "servers": {"DSP": {"id": 0, "count": 1}, "mem": {"id": 1, "count": 1}},
            "tasks": {
                "fft": {"mean_service_time": {"DSP": 5, "mem": 20}},
                "add": {"mean_service_time": {"mem": 2}},
            },
        },
    }
    (tmp_path / "c.json").write_text(json.dumps(config))
    (tmp_path / "dags").mkdir()
    read, multiply = Task("read", [Mode({"mem": 1}, 3)]), Task("mul", [Mode({"DSP": 1}, 2)])
    graphs = {
        "dag_1_1": TaskGraph.from_tasks([read, multiply], [(0, 1)]),
        "dag_2_1": TaskGraph.from_tasks([Task("wide", [Mode({"DSP": 1}, 4)])], []),
    }
    for name, graph in graphs.items():
        write_graph(graph, tmp_path / f"dags/{name}.graphml", tmp_path / f"dags/{name}.txt")
    return tmp_path


@pytest.fixture
def load(files):
    """Load a run with a trace of this text."""

    def run(trace, graphs="dags", overrides=(), policy=None):
        (files / "t.trc").write_text(trace)
        folder = None if graphs is None else files / graphs
        return load_run(files / "c.json", None, folder, overrides, policy)

    return run
