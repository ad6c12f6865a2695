"""Graham's guarantee: the factor, when it holds, and that it does."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stomp_flim import Buffer, Job, Mode, Platform, Task, TaskGraph, Workload, simulate
from stomp_flim.bounds import guarantee
from stomp_flim.bounds.graham import is_list_schedule


def on(demands, edges=(), **mode):
    """Make a graph of tasks of one mode each: (server type, latency)."""
    tasks = [Task("", [Mode({kind: 1}, latency, **mode)]) for kind, latency in demands]
    return TaskGraph.from_tasks(tasks, edges)


@pytest.mark.parametrize(("servers", "factor"), [(1, 1), (2, Fraction(3, 2)), (5, Fraction(9, 5))])
def test_one_server_type(servers, factor):
    """2 - 1/m."""
    workload = Workload([Job(on([("DSP", 3)]))])
    assert factor == guarantee(workload, Platform({"DSP": servers, "unused": 99}))


def test_several_server_types():
    """K + 1 - 1/m, m being the most servers of a type: 4.996 for the published platform."""
    kinds = {"DSP": 128, "Shared mem": 128, "Const mem": 128, "data mem": 256}
    workload = Workload([Job(on([(kind, 1) for kind in kinds]))])
    assert 5 - Fraction(1, 256) == guarantee(workload, Platform(kinds))


@pytest.mark.parametrize(
    "job",
    [
        Job(on([("DSP", 3)]), arrival=1),
        Job(on([("DSP", 3)], occupancy=2)),
        Job(TaskGraph.from_tasks([Task("", [Mode({"DSP": 2}, 1)])], [])),
        Job(TaskGraph.from_tasks([Task("", [Mode({"DSP": 1, "GPU": 1}, 1)])], [])),
        Job(TaskGraph.from_tasks([Task("", [Mode({"DSP": 1}, 1), Mode({"GPU": 1}, 1)])], [])),
    ],
    ids=["arrival", "pipelined", "two units", "two types", "two modes"],
)
def test_what_breaks_its_assumptions(job):
    """Arrivals, pipelined servers, several units, types or modes."""
    assert guarantee(Workload([job]), Platform({"DSP": 2, "GPU": 2})) is None


@pytest.mark.parametrize("servers", [2, 3, 4])
def test_grahams_worst_case(servers):
    """Short tasks first and the long one last: m times 2m - 1 over m, the factor itself."""
    m = servers
    tasks = [("DSP", 1)] * (m * (m - 1)) + [("DSP", m)]
    result = simulate([Job(on(tasks))], Platform({"DSP": m}), "fifo")
    assert 2 * m - 1 == result.makespan
    assert m == simulate([Job(on(tasks))], Platform({"DSP": m}), "lpt").makespan
    assert Fraction(result.makespan, m) == result.guarantee == 2 - Fraction(1, m)


@pytest.mark.parametrize("cycles", [1, 2])
def test_a_schedule_that_idles_has_none(cycles):
    """One pixel at a time leaves servers idle while tasks are ready."""
    jobs, platform = [Job(on([("DSP", cycles)]))] * 2, Platform({"DSP": 2})
    assert simulate(jobs, platform, "manual").guarantee is None
    assert Fraction(3, 2) == simulate(jobs, platform, "fifo").guarantee
    assert simulate(jobs, platform, "fifo").proven
    assert not simulate(jobs, platform, "manual").proven


def test_one_job_that_arrives_later_is_enough_to_break_it():
    """Also beside others that are there at 0."""
    jobs = [Job(on([("DSP", 3)])), Job(on([("DSP", 3)]), arrival=1)]
    assert guarantee(Workload(jobs), Platform({"DSP": 2})) is None


def test_memory_breaks_it_where_it_is_limited_and_written():
    """Neither a limit that nobody meets, nor buffers without one."""
    written = Task("", [Mode({"DSP": 1}, 1)], buffer=Buffer("memory", 1))
    plain, writing = on([("DSP", 1)]), TaskGraph.from_tasks([written], [])
    free, limited = Platform({"DSP": 2}), Platform({"DSP": 2}, memories={"memory": 1})
    assert Fraction(3, 2) == guarantee(Workload([Job(plain)]), limited)
    assert Fraction(3, 2) == guarantee(Workload([Job(writing)]), free)
    assert guarantee(Workload([Job(writing)]), limited) is None


def test_a_type_that_the_platform_lacks_counts_as_one_server():
    """It has no more, and that nothing runs there is said elsewhere."""
    assert 1 == guarantee(Workload([Job(on([("GPU", 1)]))]), Platform({"DSP": 2}))


def test_idling_on_one_of_several_types_is_seen():
    """Whichever it is; waiting while all its servers are taken is none."""
    jobs, platform = [Job(on([("a", 2), ("b", 2)], [(0, 1)]))] * 2, Platform({"a": 2, "b": 2})
    assert simulate(jobs, platform, "manual").guarantee is None
    late = [Job(on([("a", 2), ("a", 1), ("a", 1), ("a", 1)], [(0, 1), (0, 2), (0, 3)]))]
    result = simulate(late, Platform({"a": 2}), "fifo")
    assert Fraction(3, 2) == result.guarantee
    assert is_list_schedule(result.schedule) is True


kinds = st.sampled_from(["a", "b"])


@st.composite
def typed_graphs(draw):
    """Graphs of tasks of one unit and mode."""
    demands = draw(st.lists(st.tuples(kinds, st.integers(1, 6)), min_size=1, max_size=12))
    pairs = st.tuples(st.integers(0, len(demands) - 1), st.integers(0, len(demands) - 1))
    edges = [(min(p), max(p)) for p in draw(st.lists(pairs, max_size=12)) if p[0] != p[1]]
    return on(demands, edges)


@settings(max_examples=50)
@given(typed_graphs(), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["fifo", "spt"]))
def test_every_ranker_makes_list_schedules(graph, a, b, policy):
    """So the guarantee holds of them, and the factor covers the gap to any schedule."""
    platform = Platform({"a": a, "b": b})
    result = simulate([Job(graph)] * 2, platform, policy)
    assert result.guarantee == guarantee(result.schedule.workload, platform)
    other = min(simulate([Job(graph)] * 2, platform, p).makespan for p in ("hlfet", "lpt"))
    assert result.makespan <= result.guarantee * other
