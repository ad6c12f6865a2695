"""Whatever a policy does wrong, the error names its file, the line and the instant."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

from stomp_flim import InputError, Job, Mode, Platform, PolicyError, ScheduleError, Task, TaskGraph
from stomp_flim import simulate as run
from stomp_flim.model.buffer import Buffer

GRAPH = TaskGraph.from_tasks(
    [Task("read", [Mode({"memory": 1}, 3)]), Task("write", [Mode({"memory": 1}, 2)])], [(0, 1)]
)
PLATFORM = Platform({"memory": 1})


@pytest.fixture
def simulate(tmp_path):
    """Simulate two jobs under a policy ``P`` whose source is given, in the file mine.py."""

    def simulate(source, **options):
        path = tmp_path / "mine.py"
        path.write_text(dedent(source).lstrip("\n"))
        return run([Job(GRAPH)] * 2, PLATFORM, f"{path}:P", **options)

    return simulate


BROKEN = {
    "raises in a ranker": (
        """
        def P(graph, platform, jobs):
            return graph.no_such_column
        """,
        r"line 2: policy '.*' raised AttributeError for graph 'graph', before cycle 0: .*no_such",
    ),
    "raises below a ranker, in a library": (
        """
        import numpy as np
        def P(graph, platform, jobs):
            return np.linalg.inv(np.zeros((2, 2)))
        """,
        r"line 3: policy '.*' raised LinAlgError for graph 'graph', before cycle 0: Singular",
    ),
    "leaves in a ranker": (
        """
        def P(graph, platform, jobs):
            raise SystemExit(0)
        """,
        r"line 2: policy '.*' raised SystemExit for graph 'graph', before cycle 0: 0",
    ),
    "raises in a parameter's ranker": (
        """
        def P(graph, platform, jobs, *, weight: int = 0):
            return [1 / weight] * len(graph)
        """,
        r"line 2: policy '.*' raised ZeroDivisionError",
    ),
    "raises before it yields": (
        """
        class P:
            def dispatch(self, view):
                raise ValueError("no idea")
        """,
        r"line 3: policy '.*' raised ValueError at cycle 0: no idea",
    ),
    "raises after it has yielded": (
        """
        class P:
            def dispatch(self, view):
                if view.now == 3:
                    view.free["DSP"]
                yield view.ready[0].job, view.ready[0].task, 0
        """,
        r"line 4: policy '.*' raised KeyError at cycle 3: 'DSP'",
    ),
    "asks for what does not exist": (
        """
        class P:
            def dispatch(self, view):
                return [(0, view.latency(0, 2, 0), 0)]
        """,
        r"line 3: policy '.*' at cycle 0: view.latency: there is no job 0, task 2, mode 0",
    ),
    "starts a task on a busy server": (
        """
        class P:
            def dispatch(self, view):
                for job, task, _ in view.ready:
                    yield job, task, 0
        """,
        r"line 4: policy '.*' at cycle 0: job 1, task 0 in mode 0 does not fit on the free servers:"
        r" it demands {'memory': 1}, free are {'memory': 0}",
    ),
    "starts an unknown task": (
        """
        class P:
            def dispatch(self, view):
                yield 0, 0, 0
                yield 0, 9, 0
        """,
        r"line 4: policy '.*' at cycle 0: job 0, task 9 does not exist, expected tasks 0 to 1",
    ),
    "starts a task twice": (
        """
        class P:
            def dispatch(self, view):
                return [(0, 0, 0)]
        """,
        r"line 2: policy '.*' at cycle 3: job 0, task 0 has been started before",
    ),
    "starts a task in an unknown mode": (
        """
        class P:
            def dispatch(self, view):
                return [(0, 0, 5)]
        """,
        r"line 2: policy '.*' at cycle 0: job 0, task 0 has no mode 5",
    ),
    "starts nothing": (
        """
        class P:
            def dispatch(self, view):
                if view.now < 5:
                    yield view.ready[0].job, view.ready[0].task, 0
        """,
        r"line 2: policy '.*' has not started 2 of 4 tasks and nothing happens after cycle 6",
    ),
    "answers with something else": (
        """
        class P:
            def dispatch(self, view):
                return 7
        """,
        r"line 2: policy '.*' at cycle 0: dispatch returned 7, expected assignments",
    ),
    "raises in a plan": (
        """
        class P:
            def plan(self, workload, platform):
                return 1 / 0
        """,
        r"line 3: policy '.*' raised ZeroDivisionError before cycle 0: division by zero",
    ),
    "plans no schedule": (
        """
        class P:
            def plan(self, workload, platform):
                return []
        """,
        r"line 2: policy '.*' planned list, expected a Schedule of the workload",
    ),
    "plans columns that do not fit": (
        """
        import dataclasses, stomp_flim
        class P:
            def plan(self, workload, platform):
                schedule = stomp_flim.simulate(workload, platform, engine="simpy").schedule
                return dataclasses.replace(schedule, start=schedule.start[:1])  # of 4
        """,
        r"line 3: policy '.*' planned a schedule whose columns do not fit together, \w+Error: ",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_a_policy_does_wrong_is_told_with_file_line_and_instant(simulate, what):
    """The line that did it, or where the policy begins if none did."""
    source, message = BROKEN[what]
    with pytest.raises(PolicyError, match=rf"^mine\.py, {message}"):
        simulate(source)


def test_a_ranker_is_told_alike_by_both_engines(simulate):
    """Neither hides the other's error."""
    source, message = BROKEN["raises in a ranker"]
    for engine in ("simpy", "compiled"):
        with pytest.raises(PolicyError, match=rf"^mine\.py, {message}"):
            simulate(source, engine=engine)


def test_a_plan_with_a_busy_server_is_told(simulate):
    """The planner's file and line, then the server, the cycle and both tasks."""
    source = """
        import dataclasses, stomp_flim
        class P:
            def plan(self, workload, platform):
                schedule = stomp_flim.simulate(workload, platform, engine="simpy").schedule
                early = schedule.start - 3 * (schedule.job == 1)
                shift = schedule.start - early
                return dataclasses.replace(
                    schedule, start=early, released=schedule.released - shift,
                    finish=schedule.finish - shift, ready=schedule.ready - 3 * (schedule.ready > 3))
        """
    with pytest.raises(
        ScheduleError,
        match=r"^mine\.py, line 3: policy '.*': server 0 holds two tasks at 0: job 0, task 0",
    ):
        simulate(source)


def test_an_input_error_of_a_planner_is_its_own_word(simulate):
    """What it cannot plan for, it says itself."""
    source = """
        from stomp_flim import InputError
        class P:
            def plan(self, workload, platform):
                raise InputError("a platform with a DSP is expected")
        """
    with pytest.raises(InputError, match=r"^a platform with a DSP is expected$"):
        simulate(source)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("self.x = 1 / 0", r"^mine\.py, line 3: policy '.*' cannot be made, ZeroDivisionError: di"),
        ("raise InputError('lanes is 0')", "^lanes is 0$"),
    ],
)
def test_a_constructor_that_raises_is_named(simulate, body, message):
    """File, line and error; an InputError is the policy's own word."""
    source = f"""
        class P:
            def __init__(self):
                {body}
            def dispatch(self, view): ...
        from stomp_flim import InputError
        """
    with pytest.raises(InputError, match=message):
        simulate(source)


def test_a_policy_without_a_source_is_named_all_the_same():
    """Here a built-in function: the error of the call has a line of ours."""
    with pytest.raises(PolicyError, match="policy 'len' raised TypeError for graph 'graph'"):
        run([Job(GRAPH)], PLATFORM, len)


def test_the_command_exits_with_2_and_one_line(tmp_path):
    """As with every other error."""
    (tmp_path / "mine.py").write_text("def P(graph, platform, jobs):\n    return 1 / 0\n")
    words = ["speedup", "--model=seq2seqlite", "--stage=postprocess", "--pixels=1", "--jobs=1"]
    done = subprocess.run(
        [sys.executable, "-m", "stomp_flim", *words, "--policy=mine.py:P", "--out=out"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert 2 == done.returncode
    (line,) = done.stderr.splitlines()
    assert "mine.py, line 2: policy 'mine.py:P' raised ZeroDivisionError" in line


def test_a_policy_that_asks_for_memory_for_ever_is_told(tmp_path):
    """A task that must wait, assigned again and again in one instant."""
    (tmp_path / "mine.py").write_text(
        "class P:\n"
        "    def dispatch(self, view):\n"
        "        while view.ready:\n"
        "            yield view.ready[0].job, view.ready[0].task, 0\n"
    )
    tasks = [Task("write", [Mode({"memory": 1}, 3)], buffer=Buffer("RAM", 8))]
    jobs = [Job(TaskGraph.from_tasks(tasks, []))] * 2
    platform = Platform({"memory": 2}, memories={"RAM": 12})
    with pytest.raises(
        PolicyError,
        match=r"^mine\.py, line 4: policy '.*' at cycle 0: assigned \(1, 0, 0\) again, which must",
    ):
        run(jobs, platform, f"{tmp_path}/mine.py:P")
