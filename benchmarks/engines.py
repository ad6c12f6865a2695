"""Speed and memory of the compiled engine against their targets, in one run.

    python benchmarks/engines.py [--largest PIXELS]

CPU time, medians of repeated runs. The Seq2SeqLite encoder in the published decomposition on the
published platform under FIFO, HLFET and an affine policy (a key that differs from job to job);
compilation is excluded and reported apart. The cold start is a new process with a warm cache, from
its start to the first result.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

from rich.console import Console
from rich.table import Table

import stomp_flim as sf
from stomp_flim.cli.bench import POLICIES, compiled_ns, measure

FIRST = """
import stomp_flim as sf
graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=1)
print(sf.simulate([sf.Job(graph)], sf.device("published")).makespan)
"""


def start(cache: str | None = None) -> tuple[float, float]:
    """Return wall and CPU seconds of a new process that simulates one pixel."""
    environment = os.environ | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    wall, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-c", FIRST], check=True, env=environment, capture_output=True)
    after = os.times()
    children = after.children_user + after.children_system
    return time.perf_counter() - wall, children - before.children_user - before.children_system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=65_536, metavar="PIXELS")
    largest = parser.parse_args().largest
    table = Table("what", "measured", "target", box=None, header_style="bold", pad_edge=False)
    with tempfile.TemporaryDirectory() as cache:
        _, cold = start(cache)
        wall, warm = (
            median(column) for column in zip(*(start(cache) for _ in range(5)), strict=True)
        )
    table.add_row("compilation", f"{cold - warm:.1f} s CPU", "< 15 s")
    table.add_row("process start to first result", f"{wall:.2f} s ({warm:.2f} s CPU)", "< 1.5 s")

    graph, platform = (
        sf.workload_graph("seq2seqlite", stage="encoder", steps=1),
        sf.device("published"),
    )
    for row in measure(64, 64):
        table.add_row(f"{row['policy']}, 64 pixels, to SimPy", f"{row['ratio']:.0f} x", ">= 30 x")
    for name, policy in POLICIES.items():
        for pixels in dict.fromkeys(min(n, largest) for n in (64, 1024, 16_384, 65_536)):
            spent = compiled_ns(graph, platform, policy, pixels, repeats=3 if pixels > 1e4 else 11)
            target = "<= 25 ns" if name == "fifo" else "<= 50 ns"
            table.add_row(f"{name}, {pixels:,} pixels", f"{spent:.1f} ns a task", target)
        summary = sf.summarize([sf.Job(graph)] * largest, platform, policy)
        used = f"{summary.bytes_used / 2**20:.1f} MiB"
        table.add_row(f"{name}, {largest:,} pixels, state and queues", used, "<= 96 MiB")

    pipeline = sf.workload_graph("seq2seqlite", stage="pipeline", steps=70)
    for name, policy in POLICIES.items():
        spent = compiled_ns(pipeline, platform, policy, 256, repeats=1) * 256 * len(pipeline) / 1e9
        table.add_row(f"{name}, 256 pixels of 70 + 70 steps", f"{spent:.2f} s", "< 3 s")
    Console().print(table)


if __name__ == "__main__":
    main()
