"""STOMP's simple policies 1 to 5 by hand; `test_stomp_policy` has STOMP's own figures."""

import pytest

from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.policy.loading import parse

PLATFORM = Platform({"cpu": 1, "gpu": 1, "accelerator": 1})


def alone(name, **latency):
    """Return a task type of one task with a latency by server type."""
    return TaskGraph.from_tasks([Task(name, [Mode({t: 1}, n) for t, n in latency.items()])], [])


FFT = alone("fft", cpu=500, gpu=100, accelerator=10)
DECODER = alone("decoder", cpu=200, gpu=150)


def run(policy, jobs, platform=PLATFORM):
    """Return server and start of each job."""
    schedule = simulate(jobs, platform, policy).schedule
    schedule.check()
    rows = schedule.to_frame().sort_values("job")
    return list(zip(rows["server_type"], rows["start"], strict=True))


@pytest.mark.parametrize(
    ("policy", "second", "decoder"),
    [
        ("simple-policy-1", ("accelerator", 10), ("gpu", 10)),  # the decoder waits for its turn
        ("simple-policy-2", ("gpu", 0), ("cpu", 0)),
        ("simple-policy-3", ("accelerator", 10), ("gpu", 10)),  # at 20 sooner than at 100
        ("simple-policy-4", ("accelerator", 10), ("gpu", 0)),
        ("simple-policy-5", ("accelerator", 10), ("gpu", 0)),
    ],
)
def test_two_ffts_and_a_decoder(policy, second, decoder):
    """The accelerator is worth waiting for, and who waits behind that differs."""
    jobs = [Job(FFT), Job(FFT), Job(DECODER)]
    assert [("accelerator", 0), second, decoder] == run(policy, jobs)


@pytest.mark.parametrize("policy", ["simple-policy-3", "simple-policy-4", "simple-policy-5"])
@pytest.mark.parametrize(("arrival", "server"), [(99, ("cpu", 99)), (101, ("gpu", 150))])
def test_the_remaining_time_decides(policy, arrival, server):
    """The gpu is free at 150: waiting for it pays once less than 50 cycles are left."""
    assert server == run(policy, [Job(DECODER), Job(DECODER, arrival)])[1]


@pytest.mark.parametrize("policy", ["simple-policy-3", "simple-policy-4", "simple-policy-5"])
def test_of_equal_finishes_the_lowest_server_counts(policy):
    """At 100 both would end at 300; the servers are looked through in order, the cpu first."""
    jobs = [Job(DECODER), Job(DECODER, 100)]
    assert ("cpu", 100) == run(policy, jobs)[1]
    reversed_platform = Platform({"gpu": 1, "cpu": 1})
    assert ("gpu", 150) == run(policy, jobs, reversed_platform)[1]


def test_policy_1_waits_for_the_fastest_mode():
    """Only it waits: 10 ffts take the accelerator one after another."""
    assert [("accelerator", 10 * k) for k in range(10)] == run("simple-policy-1", [Job(FFT)] * 10)


def test_policy_4_looks_past_so_many_tasks_that_wait():
    """Behind 4 ffts that wait, a window of 4 hides the decoder and one of 5 shows it."""
    jobs = [Job(FFT)] * 5 + [Job(DECODER)]
    assert ("gpu", 10) == run("simple-policy-4:window=4", jobs)[5]
    assert ("gpu", 0) == run("simple-policy-4:window=5", jobs)[5]
    assert ("gpu", 0) == run("simple-policy-4", jobs)[5]
    assert run("simple-policy-3", jobs) == run("simple-policy-4:window=1", jobs)
    assert run("simple-policy-3", jobs) == run("simple-policy-5:window=1", jobs)


def test_policy_5_counts_what_waits_before():
    """The k-th fft would end at 10 k on the accelerator: the 10th ends as soon on the gpu."""
    jobs = [Job(FFT)] * 12
    assert [("accelerator", 10 * k) for k in range(12)] == run("simple-policy-4", jobs)
    found = run("simple-policy-5", jobs)
    assert ("gpu", 0) == found[9]
    assert [("accelerator", 10 * k) for k in range(9)] == found[:9]
    assert [("accelerator", 90), ("accelerator", 100)] == found[10:]


@pytest.mark.parametrize("number", [4, 5])
def test_a_window_is_at_least_one_task(number):
    """As the message says."""
    with pytest.raises(InputError, match="window is 0, expected an integer >= 1"):
        parse(f"simple-policy-{number}:window=0")


WIDE = TaskGraph.from_tasks(
    [Task("wide", [Mode({"cpu": 2}, 3), Mode({"cpu": 1, "gpu": 1}, 4, 2)])], []
)
NARROW = alone("narrow", cpu=5)


@pytest.mark.parametrize(
    ("policy", "starts"),
    [
        ("simple-policy-1", [("cpu", 0), ("cpu", 5), ("cpu", 8)]),
        ("simple-policy-2", [("cpu", 0), ("cpu", 0), ("cpu", 2)]),
        ("simple-policy-3", [("cpu", 0), ("cpu", 0), ("cpu", 2)]),
        ("simple-policy-4", [("cpu", 0), ("cpu", 0), ("cpu", 2)]),
        ("simple-policy-5", [("cpu", 0), ("cpu", 0), ("cpu", 2)]),
    ],
)
def test_beyond_stomp(policy, starts):
    """A mode of several units or types waits for all of them; a pipelined server is free early."""
    schedule = simulate(
        [Job(NARROW), Job(WIDE), Job(NARROW)], Platform({"cpu": 2, "gpu": 1}), policy
    ).schedule
    schedule.check()
    found = {}
    for row in schedule.to_frame().itertuples():
        found.setdefault(row.job, (row.server_type, row.start))
    assert starts == [found[job] for job in range(3)]
