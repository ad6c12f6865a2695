"""Policies written for STOMP: they make the schedules of our native ones, and of STOMP."""

import csv
import json
import logging
import sys
from pathlib import Path

import pytest
import stomp_loop
from hypothesis import example, given, settings
from oracle import rows
from strategies import stomp_workloads

from stomp_flim import Job, Mode, Normal, Platform, PolicyError, Task, TaskGraph, simulate
from stomp_flim.cli.app import main
from stomp_flim.interchange.stomp import load_run
from stomp_flim.model.buffer import Buffer
from stomp_flim.policy.loading import parse
from stomp_flim.testing import check_policy

STYLE = Path(__file__).with_name("stomp_style")
NATIVE = {
    "simple_policy_ver1": "simple-policy-1",
    "simple_policy_ver2": "simple-policy-2",
    "simple_policy_ver2_fli": "fifo",
    "simple_policy_ver3": "simple-policy-3",
    "simple_policy_ver4": "simple-policy-4",
    "edf": "stomp-edf",
    "ts_eft": "ts-eft",
    "edf_eft": "edf-eft",
}
IBM = ["simple_policy_ver1", "simple_policy_ver2", "simple_policy_ver3", "simple_policy_ver4"]
OTHERS = ["slack", "tokens"]
ROUNDS = ("instant", "event")
SINGLE = TaskGraph.from_tasks([Task("only", [Mode({"DSP": 1}, 3)])], [])
BUSY = (
    [Job(SINGLE, arrival=3 - i, priority=int(i < 2), deadline=3) for i in range(3)],
    Platform({"DSP": 1}),
)
"""A policy that sorts the queue while the server is busy decides otherwise later."""


def stomp(name):
    """Return the name of a policy in the style of STOMP."""
    return f"stomp:{STYLE / name}.py"


@pytest.mark.parametrize(("name", "native"), NATIVE.items())
@settings(max_examples=25)
@given(workload=stomp_workloads())
def test_files_make_the_schedules_of_native_policies(name, native, workload):
    """On task graphs, servers included."""
    expected, actual = (simulate(*workload, policy).schedule for policy in (native, stomp(name)))
    actual.check()
    assert rows(expected) == rows(actual)


@pytest.mark.parametrize("name", [*NATIVE, *OTHERS])
@settings(max_examples=40)
@example(workload=BUSY)
@given(workload=stomp_workloads())
def test_task_graphs_run_as_in_the_loop_of_stomp(name, workload):
    """Against a slow loop of two processes that runs the same file."""
    jobs, platform = workload
    expected = stomp_loop.run_graphs(STYLE / f"{name}.py", jobs, platform)
    schedule = simulate(jobs, platform, stomp(name)).schedule
    actual = [(row.job, row.task, row.start, row.finish, *row.servers) for row in rows(schedule)]
    assert expected == actual


@pytest.mark.parametrize("name", [*NATIVE, *OTHERS])
@settings(max_examples=25)
@given(workload=stomp_workloads(single=True))
def test_one_assignment_an_event_is_the_loop_of_stomp(name, workload):
    """Against a slow loop of events that runs the same file; the native policies agree with it."""
    jobs, platform = workload
    expected = stomp_loop.run(STYLE / f"{name}.py", jobs, platform)
    # fifo is a ranker: there the completions of an instant come in the order of the starts
    native = [NATIVE[name]] if NATIVE.get(name, "fifo") != "fifo" else []
    for policy in (stomp(name), *native):
        found = simulate(jobs, platform, policy, rounds="event").schedule
        by_job = sorted(rows(found), key=lambda row: row.job)
        assert expected == [(row.start, row.finish, row.servers[0]) for row in by_job]


@pytest.mark.parametrize("name", IBM)
def test_published_figures_to_the_last_digit(name, reference):
    """IBM's trace of 10,000 tasks: native and file agree, policies 1 to 3 also with STOMP."""
    folder = reference / "stomp"
    run = load_run(
        folder / "config/ibm_stomp.json",
        folder / "traces/user_gen_trace_stdf_0.1.trc",
        overrides=["simulation.tasks.*.stdev_service_time.*=0"],
        policy="fifo",
    )
    assert "event" == run.rounds
    native, file = (
        simulate(run.jobs, run.platform, policy, rounds=run.rounds).schedule
        for policy in (NATIVE[name], stomp(name))
    )
    assert rows(native) == rows(file)
    with (folder / "golden/ibm_simple_policies.csv").open() as stream:
        golden = {row["policy"]: row for row in csv.DictReader(stream)}
    if name in golden:
        assert int(golden[name]["makespan"]) == native.makespan
        assert int(golden[name]["tasks"]) == len(native.start)
        arrival = [run.jobs[job].arrival for job in native.job]
        response, waiting = (native.finish - arrival).mean(), (native.start - arrival).mean()
        assert golden[name]["mean_response"] == str(round(response, 4))
        assert golden[name]["mean_waiting"] == str(round(waiting, 4))


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("trace", ["enc_1_1", "enc_8_1", "pp_64_1"])
def test_published_task_graphs(trace, name, reference):
    """The same schedules on the published graphs, for 1 to 64 pixels."""
    stomp_folder = reference / "stomp"
    model = "fli" if trace.startswith("pp") else "fli_seq2seqlite"
    run = load_run(
        stomp_folder / "config/stomp_fli.json",
        stomp_folder / f"traces/fli_{trace}.trc",
        stomp_folder / "dags" / model,
    )
    expected, actual = (
        simulate(run.jobs, run.platform, policy, rounds=run.rounds).schedule
        for policy in (NATIVE[name], stomp(name))
    )
    assert rows(expected) == rows(actual)


@pytest.mark.parametrize("name", [*NATIVE, *OTHERS])
def test_it_keeps_the_contract(name):
    """The conformance kit finds nothing; worlds that STOMP does not know are declined."""
    report = check_policy(stomp(name))
    assert report.worlds
    assert report.declined


FOUR = TaskGraph.from_tasks([Task("add", [Mode({"DSP": 1}, 2), Mode({"memory": 1}, 5)])] * 4, [])
PLATFORM = Platform({"DSP": 1, "memory": 2})

HEAD = """
from stomp import BaseSchedulingPolicy

class SchedulingPolicy(BaseSchedulingPolicy):
    def assign_task_to_server(self, sim_time, tasks):
        servers = self.servers
"""


@pytest.fixture
def write(tmp_path):
    """Write a policy's file and return its name."""

    def file(text):
        path = tmp_path / "mine.py"
        path.write_text(text)
        return f"stomp:{path}"

    return file


def body(*lines):
    """Return a policy with these lines in `assign_task_to_server`; they begin at line 7."""
    return HEAD + "".join(f"        {line}\n" for line in lines)


FIRST_FREE = """
from stomp import BaseSchedulingPolicy

class SchedulingPolicy(BaseSchedulingPolicy):
    def assign_task_to_server(self, sim_time, tasks):
        for server in self.servers:
            if not server.busy and server.type in tasks[0].mean_service_time_dict:
                server.assign_task(sim_time, tasks.pop(0))
                return server
"""


def test_what_is_not_overridden_does_nothing(write):
    """A file needs one method; the base class keeps what `init` is given."""
    schedule = simulate([Job(FOUR)], PLATFORM, write(FIRST_FREE)).schedule
    assert [0, 0, 0, 2] == schedule.start.tolist()
    assert [2, 5, 5, 4] == schedule.finish.tolist()
    assert [0, 1, 2, 0] == schedule.server.tolist()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            body(
                "if not servers[0].busy:",
                "    servers[0].assign_task(sim_time, tasks.pop(0))",
                "return servers[0]",
            ),
            "line 5: policy {name} at cycle 0: it returned server 0 (DSP), which is busy with "
            "task 'add' (job 0, task 0) until cycle 2",
        ),
        (
            body("servers[0].assign_task(sim_time, tasks.pop(0))", "return servers[0]"),
            "line 7: policy {name} at cycle 0: server 0 (DSP) is assigned task 'add' (job 0, task "
            "1) and is busy with task 'add' (job 0, task 0) until cycle 2",
        ),
        (
            body("return servers[0] if sim_time == 0 else None"),
            "line 5: policy {name} at cycle 0: it returned server 0 (DSP) without a task, expected "
            "server.assign_task(sim_time, task)",
        ),
        (
            body("return 3"),
            "line 5: policy {name} at cycle 0: it returned 3, expected a server or None",
        ),
        (
            body("servers[0].assign_task(sim_time, tasks.pop(0))"),
            "line 5: policy {name} at cycle 0: it gave a task to server 0 (DSP) and returned None, "
            "expected server 0 (DSP)",
        ),
        (
            body(
                "servers[0].assign_task(sim_time, tasks.pop(0))",
                "servers[1].assign_task(sim_time, tasks.pop(0))",
                "return servers[0]",
            ),
            "line 5: policy {name} at cycle 0: it gave tasks to [server 0 (DSP), server 1 (memory)]"
            " in one call, expected one server",
        ),
        (
            body("servers[0].assign_task(sim_time, tasks[0])", "return servers[0]"),
            "line 5: policy {name} at cycle 0: it gave 1 of 4 tasks of the queue to servers and "
            "left 4, expected the others",
        ),
        (
            body("tasks.pop()", "servers[0].assign_task(sim_time, tasks[0])", "return servers[0]"),
            "line 5: policy {name} at cycle 0: it gave 1 of 4 tasks of the queue to servers and "
            "left 3, expected the others",
        ),
        (
            body("tasks.pop(0)"),
            "line 5: policy {name} at cycle 0: it gave 0 of 4 tasks of the queue to servers and "
            "left 3, expected the others",
        ),
        (
            body("servers[0].assign_task(sim_time, 7)", "return servers[0]"),
            "line 7: policy {name} at cycle 0: server 0 (DSP) is assigned 7, expected a task of "
            "the queue",
        ),
        (
            body("return servers[int(tasks[0].type)]"),
            "line 7: policy {name} raised ValueError at cycle 0: invalid literal for int()",
        ),
        (
            body("return tasks[0].power"),
            "line 7: policy {name} raised AttributeError at cycle 0: 'Task' object has no "
            "attribute 'power'",
        ),
        (
            body("return None"),
            "line 5: policy {name} has not started 4 of 4 tasks and nothing happens after cycle 0",
        ),
    ],
)
def test_what_a_policy_does_wrong_is_told(write, source, message):
    """The file, the line and the cycle, and what was expected."""
    name = write(source)
    with pytest.raises(PolicyError) as error:
        simulate([Job(FOUR)], PLATFORM, name)
    assert str(error.value).startswith("mine.py, " + message.format(name=repr(name)))


def test_a_server_that_cannot_run_a_task_is_refused(write):
    """With the server types that can."""
    graph = TaskGraph.from_tasks([Task("read", [Mode({"memory": 1}, 3)])], [])
    name = write(body("servers[0].assign_task(sim_time, tasks.pop(0))", "return servers[0]"))
    message = r"line 7: .* at cycle 4: server 0 \(DSP\) .* task 0\), which runs on memory only"
    with pytest.raises(PolicyError, match=message):
        simulate([Job(graph, 4)], PLATFORM, name)


@pytest.mark.parametrize(
    "mode", [Mode({"DSP": 2}, 3), Mode({"DSP": 1, "memory": 1}, 3), Mode({"DSP": 1}, 3, 2)]
)
def test_tasks_that_stomp_does_not_know_are_refused(mode):
    """Several units, several types, pipelined servers."""
    graph = TaskGraph.from_tasks([Task("wide", [mode])], [])
    with pytest.raises(PolicyError, match=r"task 0 \('wide'\) has mode .* expected for a policy"):
        simulate([Job(graph)], Platform({"DSP": 2, "memory": 1}), stomp("simple_policy_ver1"))


RECORDER = FIRST_FREE.replace(
    "    def assign_task_to_server",
    """    def init(self, servers, stomp_stats, stomp_params):
        super().init(servers, stomp_stats, stomp_params)
        self.calls = []
        SchedulingPolicy.last = self
        print("init")

    def remove_task_from_server(self, sim_time, server):
        task = server.task
        self.calls.append((sim_time, server.id, task.tid, task.task_lifetime, server.busy))

    def output_final_stats(self, sim_time):
        self.calls.append((sim_time, dict(self.stomp_stats)))

    def assign_task_to_server""",
)


def last(policy):
    """Return the object of the file's class that ran last."""
    return policy.implementation._file.policy.last


@pytest.mark.parametrize("rounds", ROUNDS)
def test_ends_are_told_in_order(write, rounds, capsys):
    """Each end when it came, the last ones too, then the final call; prints go to stderr."""
    lifetimes = {"instant": [2, 5, 5, 4], "event": [2, 4, 6, 8]}[rounds]
    policy = parse(write(RECORDER))
    for _ in range(2):  # an object can run twice
        simulate([Job(FOUR)], PLATFORM, policy, rounds=rounds)
        *ends, final = last(policy).calls
        assert [time for time, *_ in ends] == sorted(time for time, *_ in ends)
        assert lifetimes == [lifetime for _, _, _, lifetime, _ in sorted(ends, key=lambda e: e[2])]
        assert all(busy for *_, busy in ends)
        assert (ends[-1][0], 4, 4, 0, 3) == (
            final[0],
            final[1]["Tasks Generated"],
            final[1]["Tasks Serviced"],
            final[1]["Running Tasks"],
            sum(final[1]["Available Servers"].values()),
        )
    written = capsys.readouterr()
    assert "" == written.out
    assert "init\ninit\n" == written.err


CHAIN = Job(
    TaskGraph.from_tasks(
        [
            Task("read", [Mode({"memory": 1}, 3), Mode({"DSP": 1}, 2)]),
            Task("add", [Mode({"DSP": 1}, 4)]),
        ],
        [(0, 1)],
    ),
    arrival=5,
    priority=3,
    deadline=20,
)


def test_the_objects_have_what_files_touch(write):
    """Task, server, parameters and statistics as the first call sees them."""
    policy = parse(write(RECORDER))
    simulate([CHAIN], PLATFORM, policy)
    recorder = last(policy)
    assert [(0, "DSP"), (1, "memory"), (2, "memory")] == [(s.id, s.type) for s in recorder.servers]
    first = recorder.servers[0]
    assert (2, 6, 11, 0, 1, False) == (
        first.num_reqs,
        first.busy_time,
        first.last_stopped_at,
        first.last_dag_id,
        first.last_task_id,
        first.busy,
    )
    # as in STOMP, a server without a task has forgotten its last one
    assert (None, None, None, None, 0) == (
        first.task,
        first.curr_service_time,
        first.curr_job_start_time,
        first.curr_job_end_time,
        first.curr_job_ptoks,
    )
    simulation = recorder.stomp_params["simulation"]
    assert {"DSP": {"count": 1}, "memory": {"count": 2}} == simulation["servers"]
    assert {"memory": 3, "DSP": 2} == simulation["tasks"]["read"]["mean_service_time"]
    assert "policies.mine" == simulation["sched_policy_module"]


def test_a_task_knows_its_job(write):
    """Deadlines count from when the task became ready; service times are the fastest first."""
    name = write(
        FIRST_FREE.replace(
            "        for server in",
            """        task = tasks[0]
        if task.tid == 1:
            assert (7, 18, 25, 3, 0, "add") == (task.arrival_time, task.deadline, task.dtime,
                                                task.priority, task.dag_id, task.type)
        else:
            assert [("DSP", 2), ("memory", 3)] == task.mean_service_time_list
            assert ["memory", "DSP"] == list(task.mean_service_time_dict)
            assert [2, 3] == task.per_server_services
            assert (2, 3.0) == (task.min_time, task.max_time)
            assert {"DSP": 2, "memory": 3} == task.per_server_service_dict
        for server in""",
        )
    )
    assert 11 == simulate([CHAIN], PLATFORM, name).makespan


@pytest.mark.parametrize("knows", ["exact", "mean", "nothing"])
def test_random_service_times(knows, write):
    """A policy sees means and, where the run says so, the exact times; tasks end when they end."""
    modes = [
        Mode({"DSP": 1}, distribution=Normal(20, 5)),
        Mode({"memory": 1}, distribution=Normal(30, 5)),
    ]
    graph = TaskGraph.from_tasks([Task("work", modes)], [])
    jobs = [Job(graph, arrival) for arrival in range(0, 200, 5)]
    for name in IBM:
        file, native = (
            simulate(jobs, PLATFORM, policy, seed=3, knows=knows).schedule
            for policy in (stomp(name), NATIVE[name])
        )
        file.check()
        # with exact times a file still plans with the means of tasks that wait
        assert knows == "exact" or rows(native) == rows(file)
    means = {"DSP": 1, "memory": 1} if knows == "nothing" else {"DSP": 20, "memory": 30}
    curious = FIRST_FREE.replace(
        "        for server in",
        f"""        task = tasks[0]
        assert task.mean_service_time_dict == {means}
        assert {knows!r} == "exact" or task.per_server_service_dict == {means}
        for server in""",
    )
    simulate(jobs, PLATFORM, write(curious), seed=3, knows=knows)


def test_any_of_equal_servers_may_be_chosen(write):
    """The run numbers them from the lowest; the policy keeps its own."""
    backwards = FIRST_FREE.replace("in self.servers:", "in reversed(self.servers):")
    schedule = simulate([Job(FOUR)], PLATFORM, write(backwards)).schedule
    schedule.check()
    assert [1, 2, 0, 0] == schedule.server.tolist()
    assert [5, 5, 2, 4] == schedule.finish.tolist()


def test_files_do_not_see_each_other(tmp_path, monkeypatch):
    """The module ``stomp`` exists only while a file is imported, and a real one is put back."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(
            "import stomp\nassert not hasattr(stomp, 'mark')\nstomp.mark = True\n" + FIRST_FREE
        )
        parse(f"stomp:{tmp_path / name}.py")
        assert "stomp" not in sys.modules
    monkeypatch.setitem(sys.modules, "stomp", logging)
    parse(f"stomp:{tmp_path / 'a.py'}")
    assert logging is sys.modules["stomp"]
    (tmp_path / "c.py").write_text("import stomp\n1 / 0\n")
    with pytest.raises(ValueError, match="cannot be imported"):
        parse(f"stomp:{tmp_path / 'c.py'}")
    assert logging is sys.modules["stomp"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import stomp\nimport nothing_of_that_name", "mine.py, line 2: cannot be imported"),
        ("from stomp import Scheduler", "mine.py, line 1: cannot be imported"),
        ("\nprint 'hello'", "mine.py, line 2: cannot be imported, SyntaxError"),
        ("class Policy: pass", "mine.py: has no policy 'SchedulingPolicy'; known are 'Policy'"),
        ("SchedulingPolicy = 3", "mine.py: SchedulingPolicy is 3, expected a class"),
        (
            "from stomp import *\nclass SchedulingPolicy(BaseSchedulingPolicy):\n    pass",
            "mine.py, line 2: class SchedulingPolicy has no method 'assign_task_to_server'",
        ),
        (
            FIRST_FREE.replace("sim_time, tasks)", "tasks)"),
            "mine.py, line 5: assign_task_to_server(self, tasks), expected the arguments (self, ",
        ),
    ],
)
def test_a_file_that_is_no_policy_is_told(write, source, message):
    """With its line."""
    with pytest.raises(ValueError, match="mine") as error:
        parse(write(source))
    assert message in str(error.value)


def test_a_missing_file_is_told(tmp_path):
    """With its path."""
    with pytest.raises(ValueError, match=r"none\.py: no such policy file"):
        parse(f"stomp:{tmp_path}/none.py")


def test_memory_is_beyond_stomp():
    """A task that memory does not let start would be lost to the policy."""
    write = Task("write", [Mode({"memory": 1}, 2)], buffer=Buffer("BRAM", 6))
    read = Task("read", [Mode({"memory": 1}, 2)])
    graph = TaskGraph.from_tasks([write, read], [(0, 1)])
    platform = Platform({"memory": 2}, memories={"BRAM": 10})
    with pytest.raises(PolicyError, match="at cycle 0: memory does not let task 'write'"):
        simulate([Job(graph)] * 2, platform, stomp("simple_policy_ver1"))
    unlimited = simulate([Job(graph)] * 2, Platform({"memory": 2}), stomp("simple_policy_ver1"))
    assert 4 == unlimited.makespan
    native = simulate([Job(graph)] * 2, platform, "simple-policy-1")
    native.schedule.check()
    assert 8 == native.makespan


def test_the_command_runs_a_file(tmp_path, capsys, monkeypatch):
    """Configuration, trace and policy in, one JSON document out; an error has exit status 2."""
    config = {
        "general": {"input_trace_file": "t.trc"},
        "simulation": {
            "sched_policy_module": "policies.simple_policy_ver3",
            "servers": {"cpu": {"count": 1}, "gpu": {"count": 1}},
            "tasks": {"fft": {"mean_service_time": {"cpu": 50, "gpu": 10}}},
        },
    }
    (tmp_path / "c.json").write_text(json.dumps(config))
    (tmp_path / "t.trc").write_text("cpu,gpu\n0,fft,1,1\n1,fft,1,1\n2,fft,1,1\n")
    arguments = ["stomp-flim", "run", "--stomp", str(tmp_path / "c.json"), "--json", "--policy"]
    makespans = {}
    for name in IBM:
        monkeypatch.setattr(sys, "argv", [*arguments, stomp(name)])
        with pytest.raises(SystemExit) as exit_status:
            main()
        assert not exit_status.value.code
        makespans[name] = json.loads(capsys.readouterr().out)["makespan"]
    # one gpu after another takes 30 cycles; policy 2 gives the second task to the cpu
    assert dict(zip(IBM, (30, 51, 30, 30), strict=True)) == makespans
    (tmp_path / "bad.py").write_text(body("return 3"))
    monkeypatch.setattr(sys, "argv", [*arguments, f"stomp:{tmp_path / 'bad.py'}"])
    with pytest.raises(SystemExit) as exit_status:
        main()
    assert 2 == exit_status.value.code
    assert "error: bad.py, line 5: policy 'stomp:" in capsys.readouterr().err
