"""A world as a program that makes it again, without the generator that has drawn it."""

from __future__ import annotations

from stomp_flim import Mode, TaskGraph
from tests.fuzz.worlds.scenes import Rules, Scene


def as_program(scene: Scene, rules: Rules) -> str:
    """Return Python that runs both engines on a world and prints what they start."""
    graphs = list(dict.fromkeys(job.graph for job in scene.jobs))
    lines = [
        "import stomp_flim as sf",
        "from stomp_flim.model.distributions import Empirical, Exponential, Normal",
        "from tests.fuzz.worlds.rankers import Broken, Ranks, Staggered",
        "from tests.helpers.oracle import rows",
        "",
        "graphs = [",
        *(f"    {_graph(graph)}," for graph in graphs),
        "]",
        "jobs = [",
        *(
            f"    sf.Job(graphs[{graphs.index(job.graph)}], {job.arrival}, {job.priority}, "
            f"{job.deadline}),"
            for job in scene.jobs
        ),
        "]",
        f"platform = sf.Platform({dict(scene.platform.servers)}, "
        f"memories={dict(scene.platform.memories)})",
        f"rules = {rules._asdict()}",
        "for engine in ('simpy', 'compiled'):",
        "    schedule = sf.simulate(jobs, platform, engine=engine, **rules).schedule",
        "    print(engine, *rows(schedule), sep='\\n')",
        "    schedule.check()",
    ]
    return "\n".join(lines) + "\n"


def _graph(graph: TaskGraph) -> str:
    tasks = ", ".join(
        f"sf.Task({name!r}, [{', '.join(map(_mode, graph.modes(task)))}], "
        f"buffer={_buffer(graph, task)})"
        for task, name in enumerate(graph.task_names)
    )
    edges = [tuple(edge) for edge in graph.edges.tolist()]
    return f"sf.TaskGraph.from_tasks([{tasks}], {edges}, {graph.name!r})"


def _mode(mode: Mode) -> str:
    latency = 0 if mode.distribution is not None else mode.latency
    occupancy = 0 if mode.occupancy == mode.latency else mode.occupancy
    return f"sf.Mode({dict(mode.demand)}, {latency}, {occupancy}, {mode.distribution!r})"


def _buffer(graph: TaskGraph, task: int) -> str:
    buffer = graph.buffer(task)
    return "None" if buffer is None else f"sf.Buffer({buffer.memory!r}, {buffer.bits})"
