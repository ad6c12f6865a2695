"""Policies that place by earliest finish, against a slow simulator that knows each server."""

from functools import cache

import pytest
from hypothesis import given, settings
from oracle import Row, rows
from strategies import dense_workloads, workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


class Slow:
    """One run; `key` orders the ready tasks by (job, task, ready, now).

    With `waiting_first` there is a round in each instant before its completions let tasks become
    ready, and another one after them.
    """

    def __init__(self, jobs, platform, key, window=None, keeps_place=False, waiting_first=False):
        self.jobs, self.platform, self.key = jobs, platform, key
        self.window, self.keeps_place = window, keeps_place
        self.waiting_first = waiting_first
        self.servers = {
            t: range(first, first + platform.servers[t])
            for t, first in platform.first_server.items()
        }
        self.busy_until = {}
        self.waiting, self.rows, self.done = [], [], set()

    def run(self):
        """Return the executions in the order of the starts."""
        now = -1
        while True:
            times = [job.arrival for job in self.jobs]
            times += [time for row in self.rows for time in (row.released, row.finish)]
            times = [time for time in times if time > now]
            if not times:
                return self.rows
            now = min(times)
            released = self.events(now)
            if self.waiting_first:
                self.round(now)
            self.waiting += released
            self.round(now)

    def events(self, now):
        """Arrivals, then completions in the order of the starts; return what these release."""
        released = []
        for number, job in enumerate(self.jobs):
            if job.arrival == now:
                self.waiting += [
                    (number, t, now) for t in range(len(job.graph)) if not before(job.graph, t)
                ]
        for row in self.rows:
            if row.released == now:
                for server in row.servers:
                    del self.busy_until[server]
            if row.finish == now:
                self.done.add((row.job, row.task))
                graph = self.jobs[row.job].graph
                for task in graph.successors(row.task).tolist():
                    if all((row.job, t) in self.done for t in before(graph, task)):
                        released.append((row.job, task, now))
        return released

    def round(self, now):
        """Look at the tasks in order."""
        until = dict(self.busy_until)
        must_wait = 0
        for job, task, ready in sorted(self.waiting, key=lambda entry: self.key(*entry, now)):
            plans = []
            modes = self.jobs[job].graph.modes(task)
            for number, mode in sorted(enumerate(modes), key=lambda pair: pair[1].latency):
                if any(n > len(self.servers.get(t, ())) for t, n in mode.demand.items()):
                    continue
                chosen = []
                for server_type, units in mode.demand.items():
                    order = sorted(self.servers[server_type], key=lambda s: (until.get(s, now), s))
                    chosen += order[:units]
                start = max(until.get(server, now) for server in chosen)
                plans.append((start + mode.latency, min(chosen), number, start, sorted(chosen)))
            _, _, number, start, chosen = min(plans, key=lambda plan: plan[:2])
            mode = modes[number]
            if any(server in until for server in chosen):
                must_wait += 1
                if self.keeps_place:
                    until.update(dict.fromkeys(chosen, start + mode.occupancy))
                if must_wait == self.window:
                    return
                continue
            until.update(dict.fromkeys(chosen, now + mode.occupancy))
            chosen = self.lowest(mode.demand)  # others may be kept for a task that waits
            self.busy_until.update(dict.fromkeys(chosen, now + mode.occupancy))
            self.waiting.remove((job, task, ready))
            ends = now + mode.occupancy, now + mode.latency
            self.rows.append(Row(job, task, number, ready, now, *ends, tuple(chosen)))

    def lowest(self, demand):
        """Return the free servers that a task gets."""
        free = {
            t: [s for s in of_t if s not in self.busy_until] for t, of_t in self.servers.items()
        }
        return sorted(server for t, units in demand.items() for server in free[t][:units])


def before(graph, task):
    """Return the predecessors of a task."""
    return [u for u, v in graph.edges.tolist() if v == task]


def fifo(jobs, platform):
    """Order by readiness."""
    return lambda job, task, ready, now: 0


def edf(jobs, platform):
    """Order by due date."""

    def key(job, task, ready, now):
        deadline = jobs[job].deadline
        return float("inf") if deadline is None else jobs[job].arrival + deadline

    return key


def avsched(dynamic):
    """Order by criticality and slack, with all paths written out."""

    def order(jobs, platform):
        @cache
        def figures(graph, task):
            modes = [
                [
                    m
                    for m in graph.modes(t)
                    if all(n <= platform.servers.get(k, 0) for k, n in m.demand.items())
                ]
                for t in range(len(graph))
            ]
            slowest = [max(m.latency for m in of_task) for of_task in modes]

            def paths(t, step):
                further = [path for n in step(t) for path in paths(n, step)]
                return [[t, *path] for path in further] or [[t]]

            def longest(step):
                return max(sum(slowest[t] for t in path) for path in paths(task, step))

            on = longest(lambda t: graph.successors(t).tolist())
            to = longest(lambda t: before(graph, t))
            path = on if dynamic else on + to - slowest[task]
            return slowest[task], min(m.latency for m in modes[task]), path

        def key(number, task, ready, now):
            job = jobs[number]
            if job.deadline is None:
                return 1, 0, 0
            slowest, fastest, path = figures(job.graph, task)
            left = job.arrival + job.deadline - ready if dynamic else job.deadline
            due = ready + left * (slowest / path)
            criticality = max(1, job.priority)
            slack = due - now - slowest
            if slack < 0:
                slack = due - now - fastest
            if slack >= 0:
                return 1, -criticality / (1 + slack), 0
            return (0, -criticality, due) if criticality > 1 else (2, -1, due)

        return key

    return order


POLICIES = {
    "simple-policy-3": (fifo, 1, False, False),
    "simple-policy-4:window=2": (fifo, 2, False, False),
    "simple-policy-5:window=3": (fifo, 3, True, False),
    "ts-eft": (fifo, 10, True, False),
    "edf-eft": (edf, 10, True, True),
    "avsched-static": (avsched(False), None, False, False),
    "avsched-dynamic": (avsched(True), None, False, False),
}


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=25)
@given(workload=workloads() | dense_workloads())
def test_a_slow_simulator_agrees(policy, workload):
    """Task for task and server for server, with several units, types, modes and pipelining."""
    order, *rules = POLICIES[policy]
    expected = Slow(*workload, order(*workload), *rules).run()
    assert expected == rows(simulate(*workload, policy).schedule)


def graph_of(*latencies):
    """Return a chain of tasks with (fast on DSP, slow on CPU) latencies."""
    tasks = [Task("", [Mode({"DSP": 1}, fast), Mode({"CPU": 1}, slow)]) for fast, slow in latencies]
    return TaskGraph.from_tasks(tasks, [(i, i + 1) for i in range(len(tasks) - 1)])


def order_of(policy, jobs, platform=None):
    """Return the jobs in the order in which their first tasks start on one DSP."""
    schedule = simulate(jobs, platform or Platform({"DSP": 1}), policy).schedule
    schedule.check()
    return schedule.job[schedule.task == 0].tolist()


ONE = graph_of((4, 40))


def test_edf_eft_orders_by_due_date():
    """Due at 30, 20, 20 and never; equal ones as they came."""
    jobs = [Job(ONE, deadline=30), Job(ONE), Job(ONE, deadline=20), Job(ONE, deadline=20)]
    assert [2, 3, 0, 1] == order_of("edf-eft", jobs)


def test_edf_eft_waits_for_the_server_on_which_it_is_sooner():
    """At 8 on the DSP rather than at 40 on the idle CPU; edf takes that."""
    platform = Platform({"DSP": 1, "CPU": 1})
    assert 8 == simulate([Job(ONE, deadline=9)] * 2, platform, "edf-eft").makespan
    assert 40 == simulate([Job(ONE, deadline=9)] * 2, platform, "edf", engine="simpy").makespan


@pytest.mark.parametrize("policy", ["ts-eft", "edf-eft"])
def test_tasks_that_wait_reserve_their_server(policy):
    """The first three take the DSP until 9, so that the fourth is sooner on the slow CPU."""
    jobs = [Job(graph_of((3, 10)), deadline=100)] * 4
    schedule = simulate(jobs, Platform({"CPU": 1, "DSP": 1}), policy).schedule
    starts = dict(zip(schedule.job.tolist(), schedule.start.tolist(), strict=True))
    assert {0: 0, 1: 3, 2: 6, 3: 0} == starts
    assert 10 == schedule.makespan


@pytest.mark.parametrize(("policy", "first"), [("edf-eft", 1), ("stomp-edf", 1), ("edf", 0)])
def test_stomp_asks_before_it_queues_what_the_instant_released(policy, first):
    """The task that waits goes before the more urgent one that a completion lets become ready."""
    urgent, patient = Job(graph_of((2, 9), (2, 9)), deadline=10), Job(ONE, 1, deadline=90)
    schedule = simulate([urgent, patient], Platform({"DSP": 1}), policy).schedule
    assert [0, first] == schedule.job.tolist()[:2]


@pytest.mark.parametrize("policy", ["avsched-static", "avsched-dynamic"])
def test_avsched_ranks_by_criticality_over_slack(policy):
    """By hand, on one DSP with latency 4: slacks 96, 46 and 16 of criticality 10, 1 and 1.

    The ranks are 10/97, 1/47 and 1/17; later jobs without a deadline, and what is late, follow.
    """
    jobs = [
        Job(ONE, deadline=3),  # late from the start, and not critical
        Job(ONE),
        Job(ONE, deadline=50),
        Job(ONE, deadline=20),
        Job(ONE, deadline=100, priority=10),
        Job(ONE, deadline=2, priority=2),  # late and critical
    ]
    # job 2's slack shrinks to 46 - 12 meanwhile, which does not change the order
    assert [5, 4, 3, 2, 1, 0] == order_of(policy, jobs)


def test_avsched_divides_the_deadline():
    """Two chains of 2 + 6 cycles: where the first task came late, only dynamic ranks tell.

    Job 0 has 40 cycles: its second task, ready at 2, has until 2 + 40 * 6/8 = 32 by the static
    share and until 2 + 38 * 6/6 = 40 by the dynamic one; job 1, of one task, has until 34 + 2 = 36.
    """
    chain, single = graph_of((2, 2), (6, 6)), graph_of((6, 6))
    jobs = [Job(chain, deadline=40), Job(single, arrival=2, deadline=34)]
    expected = {
        "avsched-static": [(0, 0), (0, 1), (1, 0)],
        "avsched-dynamic": [(0, 0), (1, 0), (0, 1)],
    }
    for policy, order in expected.items():
        found = rows(simulate(jobs, Platform({"DSP": 1}), policy).schedule)
        assert order == [(row.job, row.task) for row in found]


def test_avsched_counts_on_fast_servers_where_slow_ones_are_too_slow():
    """With 10 cycles left, 4 fast and 40 slow ones: the slack is 6, above one of 16."""
    platform = Platform({"DSP": 1, "CPU": 1})
    jobs = [Job(ONE, deadline=56), Job(ONE, deadline=10)]
    schedule = simulate(jobs, platform, "avsched-static").schedule
    assert [1, 0] == schedule.job.tolist()
