"""The program that the engine is compared with simulates the same thing."""

import importlib.util
from pathlib import Path

import pytest

import stomp_flim as sf

FOLDER = Path(sf.__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    """Import the benchmark from its folder, which is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        specification = importlib.util.spec_from_file_location(
            "benchmark", FOLDER / "simpy_engine.py"
        )
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("all_of", [True, False])
@pytest.mark.parametrize("pixels", [1, 8, 64])
def test_the_textbook_program_takes_as_many_cycles(benchmark, pixels, all_of):
    """The encoder that is measured, under FIFO, however the program waits for predecessors."""
    platform = sf.device("published")
    graph = sf.workload_graph("seq2seqlite", stage="encoder")
    tasks = benchmark.simple_tasks(graph)
    expected = sf.simulate([sf.Job(graph)] * pixels, platform, "fifo").makespan
    assert expected == benchmark.makespan(tasks, pixels, platform.servers, all_of)
