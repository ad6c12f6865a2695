"""Whole runs of STOMP: small ones by hand, and the published ones."""

import csv
import json

import numpy as np
import pytest
from scipy import stats

from stomp_flim import simulate
from stomp_flim.errors import InputError
from stomp_flim.interchange.stomp import load_run
from stomp_flim.interchange.stomp.trace import JobTrace, TaskTrace

JOB_HEADER = "Time,Pixel #,Graph #,Timestep #,Priorities,Deadline\n"
NO_DEVIATION = "simulation.tasks.*.stdev_service_time.*=0"


def starts(run):
    """Simulate and return the start of each task by job and task."""
    result = simulate(run.jobs, run.platform, policy=run.policy, rounds=run.rounds)
    result.schedule.check()
    frame = result.schedule.to_frame()
    return list(zip(frame["job"], frame["task"], frame["start"], strict=True))


def test_a_mixed_trace_runs_in_one_simulation(load):
    """Jobs of different graphs share the servers; the starts are worked out by hand."""
    run = load(JOB_HEADER + "0,0,1,1,1,9999\n0,0,2,1,2,50\n1,1,1,1,1,9999\n")
    assert "instant" == run.rounds
    assert "fifo" == run.policy
    assert isinstance(run.trace, JobTrace)
    assert [(0, 0, 0), (0, 1, 4), (1, 0, 0), (2, 0, 3), (2, 1, 6)] == starts(run)
    assert [(0, 1, 9999), (0, 2, 50), (1, 1, 9999)] == [
        (job.arrival, job.priority, job.deadline) for job in run.jobs
    ]


def test_equal_jobs_share_one_graph(load):
    """N pixels are one graph, read once."""
    run = load(JOB_HEADER + "".join(f"0,{pixel},1,1,1,9\n" for pixel in range(5)))
    assert 1 == len({id(job.graph) for job in run.jobs})


def test_a_task_trace_runs_without_graphs(load):
    """Mean service times count, not the trace's, and the limit takes the first tasks."""
    trace = "mem,DSP\n0,fft,1,1\n1,fft,1,1\n2,add,1,None\n3,add,1,None\n"
    run = load(trace, graphs=None)
    assert "event" == run.rounds
    assert isinstance(run.trace, TaskTrace)
    assert ["fft", "fft", "add"] == [job.graph.name for job in run.jobs]
    # the second fft takes the free memory, slow as it is, so the add waits for it until 21
    assert [(0, 0, 0), (1, 0, 1), (2, 0, 21)] == starts(run)


def test_arrivals_are_scaled_and_cut_off(load):
    """Time is a count of cycles, and STOMP takes the whole ones; its first task comes at once."""
    trace = "mem,DSP\n10,add,1,1\n11,add,1,1\n13,add,1,1\n"
    run = load(trace, overrides=["simulation.arrival_time_scale=0.3"])
    assert [0, 3, 3] == [job.arrival for job in run.jobs]


def test_deadlines_scale_with_arrivals(load):
    """The instant is cut off as STOMP does it, and is never before the next cycle."""
    trace = JOB_HEADER + "13,0,1,1,1,7\n13,1,1,1,1,1\n13,2,1,1,1,None\n"
    run = load(trace, overrides=["simulation.arrival_time_scale=0.5"])
    assert [(6, 3), (6, 1), (6, None)] == [(job.arrival, job.deadline) for job in run.jobs]


@pytest.mark.parametrize(
    ("trace", "graphs", "policy"),
    [
        ("mem\n0,add,1\n", None, "simple-policy-2"),
        (JOB_HEADER + "0,0,1,1,1,9\n", "dags", "fifo"),
        ("0,0,1,1,9\n", "dags", "simple-policy-2"),
    ],
)
def test_simple_policy_2_is_that_of_the_trace(files, load, trace, graphs, policy):
    """IBM's looks at the head of the queue only; that of the published graphs looks past it."""
    for ending in ("graphml", "txt"):
        graph = files / f"dags/dag_1_1.{ending}"
        (files / f"dags/dag{'' if ending == 'graphml' else '_'}1.{ending}").write_bytes(
            graph.read_bytes()
        )
    assert policy == load(trace, graphs).policy


@pytest.fixture
def ibm(files):
    """Write inputs of IBM's kind: no header in the trace, none that means anything in the table."""
    (files / "dags/dag7.graphml").write_bytes((files / "dags/dag_1_1.graphml").read_bytes())
    (files / "dags/dag_7.txt").write_text("type,P1,P2,...,Pn\nread,0.6,None,3\nmul,1,2.4,None\n")
    return files


def test_inputs_of_ibms_are_read(ibm, load):
    """Time, number, graph, priority and deadline; the columns are the servers by id."""
    run = load("0,4,7,1,100\n1,5,7,3,50\n")
    assert isinstance(run.trace, JobTrace)
    assert [4, 5] == run.trace.pixels
    assert [(0, 1, 100), (1, 3, 50)] == [(j.arrival, j.priority, j.deadline) for j in run.jobs]
    assert [(0, 0, 0), (0, 1, 3), (1, 0, 3), (1, 1, 6)] == starts(run)


def test_a_graph_of_ibms_that_is_missing_is_told(ibm, load):
    """With the name of its file."""
    with pytest.raises(InputError, match=r"line 1: graph 8: no file .*dag8\.graphml; did you mean"):
        load("0,4,8,1,100\n")


def test_costs_of_communication_are_refused_for_task_graphs(ibm, load):
    """They are ignored by STOMP where tasks come alone."""
    config = json.loads((ibm / "c.json").read_text())
    config["simulation"]["tasks"]["fft"]["comm_cost"] = {"DSP": {"mem": 1}}
    (ibm / "c.json").write_text(json.dumps(config))
    assert 1 == len(load("mem\n0,add,1\n", None).jobs)
    with pytest.raises(InputError, match=r"fft\.comm_cost\.DSP\.mem is 1\.0, expected 0"):
        load("0,4,7,1,100\n")
    assert 1 == len(load("0,4,7,1,9\n", overrides=["simulation.tasks.*.comm_cost.*.*=0"]).jobs)


def test_a_policy_of_stomps_finds_its_own_keys(ibm, load):
    """The configuration is handed to it whole, with the changes, and completed."""
    policy = ibm / "own.py"
    policy.write_text(
        """
from stomp import BaseSchedulingPolicy

class SchedulingPolicy(BaseSchedulingPolicy):
    def init(self, servers, stomp_stats, stomp_params):
        super().init(servers, stomp_stats, stomp_params)
        simulation = stomp_params["simulation"]
        assert "mine" == simulation["own"]["key"]
        assert 0 == simulation["arrival_time_scale"]
        assert {"id": 1, "count": 1} == simulation["servers"]["mem"]
        assert ("simple", False) == (simulation["pwr_model"], simulation["pwr_mgmt"])
        known = simulation["tasks"]["read"]["mean_service_time"]["mem"]
        assert simulation["own"]["known"] == known  # what the run says, not what stands there
        assert "t.trc" == stomp_params["general"]["input_trace_file"]
        simulation["own"]["key"] = "changed"

    def assign_task_to_server(self, sim_time, tasks, dags_dropped, stomp_obj):
        task = tasks[0]
        assert {"mem": 7, "DSP": 1}.get(server := task.mean_service_time_list[0][0]) == (
            task.power_dict[server]
        )
        for server in self.servers:
            if not server.busy and server.type in task.power_dict:
                server.assign_task(sim_time, tasks.pop(0))
                return server
"""
    )
    config = json.loads((ibm / "c.json").read_text())
    config["simulation"] |= {"own": {"key": "mine", "known": 3}}
    config["simulation"]["tasks"]["read"] = {"mean_service_time": {"mem": 9}, "power": {"mem": 7}}
    (ibm / "c.json").write_text(json.dumps(config))
    scale = ["simulation.arrival_time_scale=0"]
    trace, name = "5,4,7,1,100\n", f"stomp:{policy}"
    run = load(trace, overrides=scale, policy=name)
    for _ in range(2):
        assert [(0, 0, 0), (0, 1, 3)] == starts(run)
    run = load(trace, overrides=[*scale, "simulation.own.known=1"], policy=name)
    simulate(run.jobs, run.platform, run.policy, knows="nothing")


def test_a_policy_that_is_given_replaces_that_of_the_configuration(load):
    """Then it does not matter what the configuration names."""
    unknown = ["simulation.sched_policy_module=policies.mine"]
    assert "hlfet" == load("mem\n0,add,1\n", overrides=unknown, policy="hlfet").policy
    with pytest.raises(InputError, match=r"sched_policy_module is 'policies\.mine'"):
        load("mem\n0,add,1\n", overrides=unknown)


@pytest.mark.parametrize(
    ("trace", "graphs", "message"),
    [
        (JOB_HEADER, "dags", "t.trc: no row after the header, expected at least one job"),
        (JOB_HEADER + "0,0,1,1,1,9\n", None, "t.trc: a job trace, expected also the folder of its"),
        (JOB_HEADER + "0,0,1,1,1,9\n", "dgas", "dgas: no such folder, expected the task graphs"),
        (
            JOB_HEADER + "0,0,1,1,1,9\n0,0,3,1,1,9\n",
            "dags",
            "t.trc, line 3: graph 3 with 1 steps: no file ",
        ),
        ("mem\n0,fft,1\n0,ftf,1\n", None, "t.trc, line 3: task type 'ftf' is not in "),
    ],
)
def test_files_that_do_not_fit_together_are_refused(load, trace, graphs, message):
    """The message names the file and line that asks for what is not there."""
    with pytest.raises(InputError) as caught:
        load(trace, graphs)
    assert message in str(caught.value)


def test_near_names_are_told(load):
    """A graph that is missing is answered with the graphs that are there."""
    with pytest.raises(InputError, match="did you mean 'dag_2_1' or 'dag_1_1'"):
        load(JOB_HEADER + "0,0,3,1,1,9\n")
    with pytest.raises(InputError, match="did you mean 'fft'"):
        load("mem\n0,ftf,1\n", None)


def test_a_trace_that_the_configuration_names_must_exist(files):
    """Its path is told as it was looked for."""
    with pytest.raises(InputError, match=r"t\.trc: cannot be read: No such file"):
        load_run(files / "c.json", graphs=files / "dags")


DYNAMIC = [
    "general.input_trace_file=",
    "simulation.mean_arrival_time=10",
    "simulation.max_tasks_simulated=2000",
]


@pytest.fixture
def dynamic(files):
    """Load a run without a trace."""
    path = files / "c.json"
    content = json.loads(path.read_text())
    content["simulation"]["mean_arrival_time"] = 1
    content["simulation"]["tasks"]["fft"]["stdev_service_time"] = {"mem": 3.0}
    content["general"]["random_seed"] = 7
    path.write_text(json.dumps(content))

    def run(overrides=(), seed=None):
        return load_run(path, None, None, [*DYNAMIC, *overrides], seed=seed)

    return run


def test_without_a_trace_tasks_of_random_type_arrive_in_a_poisson_process(dynamic):
    """So many tasks, of all types alike, at this rate; nothing differs at the 1% level."""
    run = dynamic()
    assert "event" == run.rounds
    assert 2000 == len(run.jobs)
    types = [entry.type for entry in run.trace.entries]
    assert types == [job.graph.name for job in run.jobs]
    assert stats.chisquare([types.count("fft"), types.count("add")]).pvalue > 0.01
    between = np.diff([job.arrival for job in run.jobs], prepend=0)
    interval = stats.t.interval(0.99, 1999, between.mean(), stats.sem(between))
    assert interval[0] < 10 < interval[1]
    scaled = dynamic(["simulation.arrival_time_scale=2"])
    assert [2 * job.arrival for job in run.jobs] == [job.arrival for job in scaled.jobs]


def test_the_seed_is_the_configurations_unless_given(dynamic):
    """It decides arrivals and durations."""
    arrivals = [[j.arrival for j in dynamic(seed=seed).jobs] for seed in (None, 7, 8)]
    assert arrivals[0] == arrivals[1]
    assert arrivals[0] != arrivals[2]
    assert [7, 8] == [dynamic(seed=seed).seed for seed in (None, 8)]


def test_a_random_run_follows_the_deviations(dynamic):
    """The ffts in memory take 20 +- 3 cycles (Kolmogorov-Smirnov at the 1% level), others fixed."""
    run = dynamic()
    result = simulate(run.jobs, run.platform, run.policy, rounds=run.rounds, seed=run.seed)
    result.schedule.check()
    frame = result.schedule.to_frame()
    taken = (frame["finish"] - frame["start"]).groupby([frame["name"], frame["server_type"]])
    assert [5] == taken.get_group(("fft", "DSP")).unique().tolist()
    assert [2] == taken.get_group(("add", "mem")).unique().tolist()
    in_memory = taken.get_group(("fft", "mem"))
    assert len(in_memory) > 100
    rounded = np.random.default_rng(0).uniform(-0.5, 0.5, len(in_memory))
    assert stats.kstest(in_memory + rounded, stats.norm(20, 3).cdf).pvalue > 0.01


@pytest.mark.parametrize("key", ["mean_arrival_time", "max_tasks_simulated", "tasks"])
def test_random_arrivals_need_their_figures(files, key):
    """Which one is missing is told."""
    path = files / "c.json"
    content = json.loads(path.read_text())
    content["general"] = {}
    content["simulation"]["mean_arrival_time"] = 10
    del content["simulation"][key]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"for random arrivals simulation.{key} is missing"):
        load_run(path)


def published(reference, model, stage, pixels, steps):
    """One of the published runs."""
    stomp = reference / "stomp"
    folder = {"seq2seq": "fli", "seq2seqlite": "fli_seq2seqlite"}[model]
    short = {"encoder": "enc", "decoder": "dec", "postprocess": "pp"}[stage]
    trace = stomp / f"traces/fli_{short}_{pixels}_{steps}.trc"
    return load_run(stomp / "config/stomp_fli.json", trace, stomp / "dags" / folder)


def test_published_makespans_and_busy_times(reference):
    """Every run of the published tool is reproduced exactly, busy times of all servers included."""
    with (reference / "stomp/golden/makespan.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert 16 == len(rows)
    expected, actual = [], []
    for row in rows:
        run = published(reference, row["model"], row["stage"], row["pixels"], row["steps"])
        schedule = simulate(run.jobs, run.platform, policy=run.policy, rounds=run.rounds).schedule
        keys = [f"busy_{name.lower().replace(' ', '_')}" for name in run.platform.servers]
        expected.append([int(row[key]) for key in ("makespan", *keys)])
        actual.append([schedule.makespan, *schedule.busy.values()])
    assert expected == actual


def test_all_published_stages_run_in_one_trace(reference, tmp_path):
    """Encoder, decoder and post-processing of two pixels: a valid schedule, all work in it."""
    (tmp_path / "mixed.trc").write_text(
        JOB_HEADER + "".join(f"{p},{p},{g},1,1,9999\n" for p in range(2) for g in (1, 2, 3))
    )
    stomp = reference / "stomp"
    run = load_run(stomp / "config/stomp_fli.json", tmp_path / "mixed.trc", stomp / "dags/fli")
    schedule = simulate(run.jobs, run.platform, policy=run.policy, rounds=run.rounds).schedule
    schedule.check()
    busy = {"DSP": 4792 + 5284 + 32, "Shared mem": 1164 + 1551, "Const mem": 5820 + 7095 + 10}
    expected = {name: 2 * cycles for name, cycles in busy.items()}
    assert {**expected, "data mem": 2 * (276 + 282 + 54)} == schedule.busy


def test_published_task_trace(reference):
    """IBM's run has its makespan, and its mean response and waiting times."""
    stomp = reference / "stomp"
    trace = stomp / "traces/user_gen_trace_stdf_0.1.trc"
    run = load_run(stomp / "config/ibm_stomp.json", trace, None, [NO_DEVIATION], policy="fifo")
    schedule = simulate(run.jobs, run.platform, policy=run.policy, rounds=run.rounds).schedule
    with (stomp / "golden/ibm_simple_policies.csv").open() as stream:
        (row,) = [row for row in csv.DictReader(stream) if row["policy"] == "simple_policy_ver2"]
    frame = schedule.to_frame()
    arrival = [job.arrival for job in run.jobs]
    assert int(row["tasks"]) == len(frame)
    assert int(row["makespan"]) == schedule.makespan
    assert float(row["mean_response"]) == round((frame["finish"] - arrival).mean(), 4)
    assert float(row["mean_waiting"]) == round((frame["start"] - arrival).mean(), 4)


def test_published_task_trace_with_its_deviations(reference):
    """With deviations of 1% the means of 10,000 tasks stay close to those without, as measured."""
    stomp = reference / "stomp"
    trace = stomp / "traces/user_gen_trace_stdf_0.1.trc"
    run = load_run(stomp / "config/ibm_stomp.json", trace, policy="fifo")
    result = simulate(run.jobs, run.platform, run.policy, rounds=run.rounds, seed=run.seed)
    result.schedule.check()
    with (stomp / "golden/ibm_simple_policies.csv").open() as stream:
        (row,) = [row for row in csv.DictReader(stream) if row["policy"] == "simple_policy_ver2"]
    statistics = result.metrics.statistics
    # service times vary by 5 cycles at most, and chance takes a few tasks to other servers
    assert float(row["mean_response"]) == pytest.approx(statistics["response"]["mean"], rel=0.002)
    assert float(row["mean_waiting"]) == pytest.approx(statistics["waiting"]["mean"], abs=0.02)
