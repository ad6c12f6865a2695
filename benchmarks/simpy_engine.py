"""Tasks a second of the SimPy engine, beside a textbook SimPy program, in one run.

    python benchmarks/simpy_engine.py [--pixels N] [--repeats N]

Seq2SeqLite's encoder, one step, on the published servers under FIFO. Ours is the whole call of
`stomp_flim.simulate`: resolving the platform, the run with every task's mode, servers and times,
and its `Schedule`; the semantics are the general ones. The textbook program returns the makespan
alone. Runs alternate; figures are medians of the CPU time of the process, so that other work on
the machine counts little.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from statistics import median

from rich.console import Console
from rich.table import Table
from simpy_textbook import SimpleTask, makespan

import stomp_flim as sf


def simple_tasks(graph: sf.TaskGraph) -> list[SimpleTask]:
    """Return the tasks of a graph in which each has one mode on one server."""
    predecessors: list[list[int]] = [[] for _ in range(len(graph))]
    for source, target in graph.edges.tolist():
        predecessors[target].append(source)
    tasks = []
    for number, before in enumerate(predecessors):
        (mode,) = graph.modes(number)
        ((server_type, _),) = mode.demand.items()
        tasks.append(SimpleTask(server_type, mode.latency, tuple(before)))
    return tasks


def measure(versions: dict[str, Callable[[], int]], repeats: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each version, run in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in versions}
    for _ in range(repeats):
        for name, version in versions.items():
            gc.collect()
            begin = time.process_time()
            version()
            seconds[name].append(time.process_time() - begin)
    return seconds


def main() -> None:
    """Print both rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pixels", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    platform = sf.device("published")
    graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=1)
    tasks = simple_tasks(graph)

    def textbook(all_of: bool) -> int:
        return makespan(tasks, options.pixels, platform.servers, all_of)

    def engine() -> int:
        jobs = [sf.Job(graph) for _ in range(options.pixels)]
        return sf.simulate(jobs, platform, engine="simpy").makespan

    versions = {
        "textbook, waits by all_of": lambda: textbook(all_of=True),
        "textbook, waits one by one": lambda: textbook(all_of=False),
        "stomp_flim, engine simpy": engine,
    }
    found = {name: version() for name, version in versions.items()}  # and imports what is needed
    seconds = measure(versions, options.repeats)
    ours = median(seconds["stomp_flim, engine simpy"])
    number = len(graph) * options.pixels
    table = Table(title=f"Seq2SeqLite encoder, {options.pixels} pixels, {number:,} tasks, FIFO")
    table.add_column()
    for column in ("makespan", "CPU s", "tasks/s", "ours is faster by"):
        table.add_column(column, justify="right")
    for name, times in seconds.items():
        middle = median(times)
        rate, ratio = f"{number / middle:,.0f}", f"{middle / ours:.1f}"
        table.add_row(name, str(found[name]), f"{middle:.3f}", rate, ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
