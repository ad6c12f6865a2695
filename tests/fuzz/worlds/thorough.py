"""What costs more, for one scene of many: the slow oracle, every policy, the exact optimum."""

from __future__ import annotations

import stomp_flim as sf
from stomp_flim.bounds import lower_bounds, start_count_bound
from stomp_flim.policy import priorities
from stomp_flim.schedule import Schedule
from tests.fuzz.worlds.comparison import Difference, require_no_bound_above
from tests.fuzz.worlds.rankers import loaded
from tests.fuzz.worlds.scenes import Scene
from tests.helpers import oracle
from tests.helpers.optimality import Exhaustive
from tests.helpers.registered import POLICIES

MOST_TASKS = 7
"""Of all jobs together, for an exhaustive search to be quick."""
LONGEST = 20
"""Cycles of the longest latency, for it too."""
ONE_LANE = "manual-lanes:lanes=1"
"""More lanes than servers are refused."""


def look_further(scene: Scene, run: sf.Run, schedule: Schedule) -> None:
    """Raise a `Difference` where a world that both engines agree on breaks another rule."""
    if run.instance.durations is None:
        _ask_the_oracle(scene, run)
    makespans = _try_policies(scene, run)
    small = run.workload.tasks <= MOST_TASKS and run.instance.longest_latency <= LONGEST
    if small and run.instance.durations is None:
        _find_the_optimum(scene, run, [schedule.makespan, *makespans])


def _ask_the_oracle(scene: Scene, run: sf.Run) -> None:
    """Make the run once more without slots, which the oracle does not know."""
    rules = {"rounds": run.rounds, "seed": run.seed, "knows": run.knows}
    policy = run.policy
    schedule = sf.simulate(scene.jobs, scene.platform, policy, "simpy", **rules).schedule
    memories = run.instance.memories
    known = [] if memories is None else [memory.order for memory in memories.orders]
    orders = dict(zip(run.workload.graphs, known, strict=False))
    keys: dict[int, list[float]] = {}
    for graph in run.workload.graphs:
        members = [number for number, job in enumerate(scene.jobs) if job.graph is graph]
        jobs = [run.instance.seen.jobs[number] for number in members]
        answer = priorities(policy, jobs[0].graph, scene.platform, jobs)
        for number, offset in zip(members, answer.offset, strict=True):
            keys[number] = (answer.slope * offset - answer.rank).tolist()
    rows = oracle.simulate(
        scene.jobs, scene.platform, lambda job, task: keys[job][task], run.rounds, orders
    )
    if rows != oracle.rows(schedule):
        raise Difference(f"the oracle starts {rows}, the engines {oracle.rows(schedule)}")


def _try_policies(scene: Scene, run: sf.Run) -> list[int]:
    """Return the makespans of all registered policies; planners know neither rounds nor slots."""
    makespans = []
    for name in POLICIES:
        policy = loaded(ONE_LANE if name == "manual-lanes" else name)
        rules = {} if policy.kind == "planner" else {"rounds": run.rounds, "slots": run.slots}
        result = sf.simulate(
            scene.jobs, scene.platform, policy, seed=run.seed, knows=run.knows, **rules
        )
        result.schedule.check()
        require_no_bound_above(result.bounds, result.makespan)
        makespans.append(result.makespan)
    return makespans


def _find_the_optimum(scene: Scene, run: sf.Run, makespans: list[int]) -> None:
    optimum = Exhaustive(scene.jobs, scene.platform).optimum()
    bounds = lower_bounds(run.workload, scene.platform)
    bounds["start counts"] = start_count_bound(run.workload, scene.platform)
    require_no_bound_above(bounds, optimum)
    if min(makespans) < optimum:
        raise Difference(f"a schedule takes {min(makespans)}, and the optimum is {optimum}")
