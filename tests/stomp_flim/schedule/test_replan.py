"""Plans that are executed in another world than that they were made for."""

import chance
import numpy as np
import strategies
from hypothesis import given, settings

from stomp_flim import Workload, simulate
from stomp_flim.chance.durations import draw
from stomp_flim.chance.knowledge import seen
from stomp_flim.schedule.replan import execute

SCENES = chance.workloads() | strategies.buffered(chance.workloads())


def sequences(schedule):
    """Return the records that each server runs, in order, with their modes."""
    holder = schedule.holder
    order = np.lexsort((schedule.start[holder], schedule.server))
    rows = zip(
        schedule.server[order].tolist(),
        schedule.record[holder[order]].tolist(),
        schedule.mode[holder[order]].tolist(),
        strict=True,
    )
    return list(rows)


@settings(max_examples=50)
@given(SCENES, strategies.policies, strategies.seeds)
def test_an_executed_plan_keeps_its_order_and_servers(workload, policy, seed):
    """As drawn it is a valid schedule, also for memories, with the same servers in their order."""
    jobs, platform = Workload(workload[0]), workload[1]
    plan = simulate(seen(jobs, "mean"), platform, policy).schedule
    executed = execute(plan, jobs, draw(jobs, seed))
    executed.check()
    assert sequences(plan) == sequences(executed)


@settings(max_examples=50)
@given(chance.workloads(), strategies.policies, strategies.seeds)
def test_an_executed_plan_starts_everything_as_early_as_possible(workload, policy, seed):
    """What it waits for ends at its start: predecessors, a server's last task, a barrier's job."""
    jobs, platform = Workload(workload[0]), workload[1]
    plan = simulate(seen(jobs, "mean"), platform, policy).schedule
    executed = execute(plan, jobs, draw(jobs, seed))
    causes = executed.ready.copy()
    free_at = [0] * sum(platform.servers.values())
    for execution in np.argsort(executed.start, kind="stable"):
        begin, end = executed.server_offset[execution : execution + 2]
        for server in executed.server[begin:end]:
            causes[execution] = max(causes[execution], free_at[server])
            free_at[server] = executed.released[execution]
    for before, after in plan.barriers:
        of_job = executed.job == after
        end = executed.finish[executed.job == before].max()
        causes[of_job] = np.maximum(causes[of_job], end)
    assert causes.tolist() == executed.start.tolist()


@settings(max_examples=50)
@given(strategies.workloads() | strategies.buffered(strategies.workloads()), strategies.policies)
def test_in_its_own_world_a_plan_is_never_later(workload, policy):
    """Nothing waits without a reason any more, and what nothing holds back does not move."""
    jobs, platform = Workload(workload[0]), workload[1]
    plan = simulate(jobs, platform, policy).schedule
    executed = execute(plan, jobs, None)
    executed.check()
    assert (executed.by_record(executed.start) <= plan.by_record(plan.start)).all()
    again = execute(executed, jobs, None)
    for column in ("start", "released", "finish", "ready", "server"):
        assert getattr(executed, column).tolist() == getattr(again, column).tolist()
