"""Schedules as comma-separated text."""

import pytest

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.errors import InputError
from stomp_flim.interchange.stomp import load_run
from stomp_flim.interchange.stomp.schedule_csv import write_schedule


def written(run, path):
    """Simulate a run, write its schedule and return the text."""
    result = simulate(run.jobs, run.platform, policy=run.policy, rounds=run.rounds)
    write_schedule(result, path, run.trace)
    return path.read_text()


@pytest.mark.parametrize(
    ("model", "folder"), [("seq2seq", "fli"), ("seq2seqlite", "fli_seq2seqlite")]
)
def test_published_schedules_task_for_task(reference, tmp_path, model, folder):
    """Start, finish and server of every task of the published runs, in the published format."""
    stomp = reference / "stomp"
    trace = stomp / "traces/fli_enc_1_1.trc"
    run = load_run(stomp / "config/stomp_fli.json", trace, stomp / "dags" / folder)
    golden = (stomp / f"golden/schedule_{model}_encoder_1px.csv").read_text()
    assert golden.splitlines() == written(run, tmp_path / "s.csv").splitlines()


def test_published_task_trace_task_for_task(reference, tmp_path):
    """All 10,000 tasks of IBM's run, on servers that differ in speed."""
    stomp = reference / "stomp"
    run = load_run(
        stomp / "config/ibm_stomp.json",
        stomp / "traces/user_gen_trace_stdf_0.1.trc",
        overrides=["simulation.tasks.*.stdev_service_time.*=0"],
        policy="fifo",
    )
    golden = (stomp / "golden/schedule_ibm_simple_policy_ver2.csv").read_text()
    assert golden.splitlines() == written(run, tmp_path / "s.csv").splitlines()


def test_pixels_are_those_of_the_trace(load, tmp_path):
    """Six columns where a pixel has one job; rows stand in the order of the trace."""
    run = load("Time,Pixel #,Graph #,Timestep #\n0,7,2,1\n0,3,2,1\n")
    expected = "pixel,node,start,finish,server_type,server\n7,0,0,4,DSP,0\n3,0,4,8,DSP,0\n"
    assert expected == written(run, tmp_path / "s.csv")


def test_jobs_of_one_pixel_are_told_apart(load, tmp_path):
    """Two more columns stand after the six where a pixel has several jobs."""
    run = load("Time,Pixel #,Graph #,Timestep #\n0,5,1,1\n0,5,2,1\n")
    expected = [
        "pixel,node,start,finish,server_type,server,job,graph",
        "5,0,0,3,mem,1,0,dag_1_1",
        "5,1,4,6,DSP,0,0,dag_1_1",
        "5,0,0,4,DSP,0,1,dag_2_1",
    ]
    assert expected == written(run, tmp_path / "s.csv").splitlines()


def test_without_a_trace_jobs_are_pixels_and_each_held_server_has_a_row(tmp_path):
    """Graphs that STOMP does not know can be written too."""
    graph = TaskGraph.from_tasks([Task("wide", [Mode({"a": 2, "b": 1}, 3)])], [])
    result = simulate([Job(graph)] * 2, Platform({"a": 2, "b": 1}))
    write_schedule(result, tmp_path / "s.csv")
    expected = [
        "pixel,node,start,finish,server_type,server",
        *("0,0,0,3,a,0", "0,0,0,3,a,1", "0,0,0,3,b,2"),
        *("1,0,3,6,a,0", "1,0,3,6,a,1", "1,0,3,6,b,2"),
    ]
    assert expected == (tmp_path / "s.csv").read_text().splitlines()


def test_a_folder_that_does_not_exist_is_refused(load, tmp_path):
    """The message names the file that could not be written."""
    run = load("mem\n0,add,1\n")
    with pytest.raises(InputError, match=r"missing/s\.csv: cannot be written"):
        written(run, tmp_path / "missing/s.csv")
