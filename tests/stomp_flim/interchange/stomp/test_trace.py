"""STOMP's traces in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from stomp_flim.interchange.stomp.trace import (
    JobEntry,
    JobTrace,
    TaskEntry,
    TaskTrace,
    read_trace,
    write_job_trace,
    write_task_trace,
)

TYPES = ["cpu", "gpu"]
JOB_HEADER = "Time,Pixel #,Graph #,Timestep #,Priorities,Deadline"
counts = st.integers(0, 10**9)


@pytest.fixture
def read(tmp_path):
    """Read a trace of this text."""

    def trace(text):
        path = tmp_path / "t.trc"
        path.write_bytes(text.encode())
        return read_trace(path, TYPES)

    return trace


@given(
    st.lists(
        st.builds(
            JobEntry,
            counts,
            counts,
            counts,
            st.integers(1, 99),
            st.integers(-9, 9),
            st.one_of(st.none(), st.integers(1, 10**9)),
        ),
        min_size=1,
    )
)
def test_written_jobs_are_read_back(tmp_path_factory, entries):
    """Jobs keep their order and values."""
    path = tmp_path_factory.mktemp("trace") / "t.trc"
    write_job_trace(entries, path)
    trace = read_trace(path, TYPES)
    assert isinstance(trace, JobTrace)
    assert tuple(entries) == trace.entries
    assert [entry.pixel for entry in entries] == trace.pixels


@given(
    st.lists(
        st.builds(
            TaskEntry,
            counts,
            st.text("ab, é", min_size=1).map(str.strip).filter(bool),
            st.tuples(
                *[st.one_of(st.none(), st.floats(0.001, 1e6).map(lambda t: round(t, 3)))] * 2
            ),
        ),
        min_size=1,
    )
)
def test_written_tasks_are_read_back(tmp_path_factory, entries):
    """Tasks keep their order, types and service times."""
    path = tmp_path_factory.mktemp("trace") / "t.trc"
    write_task_trace(entries, TYPES, path)
    trace = read_trace(path, TYPES)
    assert isinstance(trace, TaskTrace)
    assert tuple(entries) == trace.entries
    assert tuple(TYPES) == trace.server_types


def test_whole_service_times_are_written_as_integers(tmp_path):
    """STOMP's own traces have no decimal point."""
    write_task_trace([TaskEntry(3, "fft", (504.0, None))], TYPES, tmp_path / "t.trc")
    assert "cpu,gpu\n3,fft,504,None\n" == (tmp_path / "t.trc").read_text()


@pytest.mark.parametrize(
    "header",
    [
        JOB_HEADER,
        "Time, Pixel, Graph, Timestep, Priority, Deadline",
        "time,pixel #,graph #,timesteps #,priorities,deadlines",
    ],
)
def test_job_columns_are_found_under_all_their_spellings(read, header):
    """Case, the sign #, spaces and the plural do not matter."""
    trace = read(f"{header}\r\n5,7,2,1,3,9999")
    assert (JobEntry(5, 7, 2, 1, 3, 9999),) == trace.entries
    assert (2,) == trace.lines


def test_job_columns_may_stand_in_any_order_and_lack_priority_and_deadline(read):
    """Columns are found by name."""
    trace = read("Graph #,Timestep #,Pixel #,Time\n2,10,7,5\n\n3,1,7,6\n\n")
    assert (JobEntry(5, 7, 2, 10), JobEntry(6, 7, 3, 1)) == trace.entries
    assert ("dag_2_10.graphml", "dag_2_10.txt") == trace.entries[0].files
    assert (2, 4) == trace.lines


def test_a_deadline_may_be_absent(read):
    """An empty value or None is no deadline."""
    trace = read(f"{JOB_HEADER}\n0,0,1,1,1,\n0,0,1,1,1,None\n")
    assert [None, None] == [entry.deadline for entry in trace.entries]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty, expected a header and one row for each job or task"),
        (f"{JOB_HEADER}\n\n", "no row after the header, expected at least one job"),
        ("cpu,gpu\n", "no row after the header, expected at least one task"),
        ("0,0,1,1,1,9999\n", "line 1: 6 values, expected 5 (time, number of the job, graph, prio"),
        ("0,0,1,1,9\n0,0,x,1,9\n", "line 2: graph is 'x', expected an integer >= 0"),
        ("0,0,1,1,9\n0,0,1,1,0\n", "line 2: deadline is '0', expected an integer >= 1"),
        ("dsp,rom\n0,fft,1,1", "line 1: header 'dsp,rom', expected that of a job trace"),
        ("Time,Pixel #,Graf #,Timestep #\n", "line 1: unknown column 'Graf #'; did you mean 'Grap"),
        ("Time,Pixel #,Timestep #\n", "line 1: header 'Time,Pixel #,Timestep #', expected each of"),
        (
            "Time,Time,Pixel,Graph,Timestep\n",
            "line 1: header 'Time,Time,Pixel,Graph,Timestep', exp",
        ),
        (f"{JOB_HEADER}\n0,0,1,1,1\n", "line 2: 5 values, expected 6 (Time, Pixel #"),
        (f"{JOB_HEADER}\n-1,0,1,1,1,1\n", "line 2: Time is '-1', expected an integer >= 0"),
        (f"{JOB_HEADER}\n0.5,0,1,1,1,1\n", "line 2: Time is '0.5', expected an integer >= 0"),
        (f"{JOB_HEADER}\n0,x,1,1,1,1\n", "line 2: Pixel # is 'x', expected an integer >= 0"),
        (f"{JOB_HEADER}\n0,0,1,0,1,1\n", "line 2: Timestep # is '0', expected an integer >= 1"),
        (f"{JOB_HEADER}\n0,0,1,1,a,1\n", "line 2: Priorities is 'a', expected an integer"),
        (
            f"{JOB_HEADER}\n0,0,1,1,1,0\n",
            "line 2: Deadline is '0', expected an integer >= 1 or None",
        ),
        ("cpu,gpu\n0,fft,1\n", "line 2: 3 values, expected 4 (time, type, cpu, gpu)"),
        ("cpu,gpu\n\n0,fft,1,2,3\n", "line 3: 5 values, expected 4"),
        ("cpu,gpu\nx,fft,1,2\n", "line 2: time is 'x', expected an integer >= 0"),
        (
            "cpu,gpu\n0,fft,1,x\n",
            "line 2: service time on gpu is 'x', expected a number > 0 or None",
        ),
        ("cpu,gpu\n0,fft,0,1\n", "line 2: service time on cpu is '0', expected a number > 0"),
        ("cpu,gpu\n0,fft,nan,1\n", "line 2: service time on cpu is 'nan', expected a number > 0"),
    ],
)
def test_a_wrong_trace_is_refused(read, tmp_path, text, message):
    """The message names the file, the line, the column, the value and what was expected."""
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value).startswith(str(tmp_path / "t.trc"))
    assert message in str(caught.value)


def test_service_times_that_do_not_match_the_header_are_not_written(tmp_path):
    """Such a file could not be read back."""
    with pytest.raises(InputError, match="task 0 has 1 service times, expected 2"):
        write_task_trace([TaskEntry(0, "fft", (1,))], TYPES, tmp_path / "t.trc")
    assert [] == list(tmp_path.iterdir())


def test_a_trace_without_a_header_is_one_of_ibms(read):
    """Time, number, graph, priority and deadline; its graphs have no number of steps."""
    trace = read("0,0,5,2,40\n7,1,6,1,90\n")
    assert trace.ibm
    assert (JobEntry(0, 0, 5, None, 2, 40), JobEntry(7, 1, 6, None, 1, 90)) == trace.entries
    assert ("dag5.graphml", "dag_5.txt") == trace.entries[0].files
    assert (1, 2) == trace.lines


def test_a_job_trace_without_steps_cannot_be_written(tmp_path):
    """Its format has a column for them."""
    with pytest.raises(InputError, match="job 0 has no number of steps, expected an integer >= 1"):
        write_job_trace([JobEntry(0, 0, 5, None)], tmp_path / "t.trc")
    assert [] == list(tmp_path.iterdir())
