"""How fast the engines are on this machine: CPU time, so that other work counts little."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from stomp_flim.engines.reference.engine import SimPyEngine
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Job, Workload
from stomp_flim.plugins import device, workload_graph
from stomp_flim.policy import AffinePriority
from stomp_flim.run import Run
from stomp_flim.simulation import simulate


def staggered(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> AffinePriority:
    """Rank by bottom level and let each pixel start a little later: keys differ from job to job."""
    slope = np.where(graph.in_degree == 0, 0.4, 0.3)
    return AffinePriority(
        graph.bottom_level.astype(np.float64), slope, 4.06 * np.arange(len(jobs), dtype=np.float64)
    )


POLICIES: dict[str, Any] = {"fifo": "fifo", "hlfet": "hlfet", "affine": staggered}


def measure(pixels: int, large: int) -> list[dict[str, Any]]:
    """Run the Seq2SeqLite encoder under FIFO, HLFET and an affine policy.

    Parameters
    ----------
    pixels, large : int
        Pixels that both engines run, and that the compiled engine runs.

    Returns
    -------
    list of dict
        Keys policy, pixels, simpy_tasks_per_s, compiled_tasks_per_s, compiled_ns_per_task, ratio
        (compiled to SimPy), ratio_with_schedule, large_pixels, large_ns_per_task, compilation_s.
        Medians of repeated runs in CPU seconds, compilation apart, of alternating runs. The figures
        and the first ratio are those of the event loops alone, without building a `Schedule` (the
        SimPy engine keeps its record on the way, the compiled one keeps none); the second ratio is
        of whole calls of `stomp_flim.simulate`.
    """
    graph = workload_graph("seq2seqlite", stage="encoder", steps=1)
    platform = device("published")
    compilation = cpu(lambda: compiled_ns(graph, platform, "fifo", 1, repeats=1))
    rows = []
    for name, policy in POLICIES.items():
        workload = Workload([Job(graph)] * pixels)
        simpy, fast, whole = [], [], []
        for _ in range(3):
            engine = SimPyEngine(Run(workload, platform, policy))
            simpy.append(cpu(engine.simulate) / workload.tasks * 1e9)
            fast.append(compiled_ns(graph, platform, policy, pixels))
            reference, compiled = (
                cpu(partial(simulate, workload, platform, policy, engine=name))
                for name in ("simpy", "compiled")
            )
            whole.append(reference / compiled)
        rows.append(
            {
                "policy": name,
                "pixels": pixels,
                "simpy_tasks_per_s": round(1e9 / median(simpy)),
                "compiled_tasks_per_s": round(1e9 / median(fast)),
                "compiled_ns_per_task": round(median(fast), 1),
                "ratio": round(median(simpy) / median(fast), 1),
                "ratio_with_schedule": round(median(whole), 1),
                "large_pixels": large,
                "large_ns_per_task": round(compiled_ns(graph, platform, policy, large), 1),
                "compilation_s": round(compilation, 2),
            }
        )
    return rows


def compiled_ns(
    graph: TaskGraph, platform: Platform, policy: Any, pixels: int, repeats: int = 5
) -> float:
    """Return the median CPU time of the compiled engine, in ns a task."""
    from stomp_flim.engines.compiled.engine import CompiledEngine

    run = Run([Job(graph)] * pixels, platform, policy)
    spent = []
    for _ in range(repeats):
        engine = CompiledEngine(run, record=False)
        spent.append(cpu(engine.simulate))
    return median(spent) / run.workload.tasks * 1e9


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU time of a call in seconds."""
    begin = time.process_time()
    call()
    return time.process_time() - begin
