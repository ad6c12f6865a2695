"""First in, first out."""

import csv

import pytest

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate

PUBLISHED = Platform({"DSP": 128, "Shared mem": 128, "Const mem": 128, "data mem": 256})


@pytest.mark.parametrize(
    ("model", "golden"),
    [
        ("fli", "schedule_seq2seq_encoder_1px"),
        ("fli_seq2seqlite", "schedule_seq2seqlite_encoder_1px"),
    ],
)
def test_the_published_schedules(reference, model, golden):
    """STOMP's simple policy 2, task for task: start, finish, server type and server."""
    files = [reference / f"stomp/dags/{model}/dag_1_1.{suffix}" for suffix in ("graphml", "txt")]
    graph = TaskGraph.from_stomp(*files, server_types=list(PUBLISHED.servers))
    with (reference / f"stomp/golden/{golden}.csv").open() as file:
        expected = [tuple(row.values()) for row in csv.DictReader(file)]
    frame = simulate([Job(graph)], PUBLISHED, "fifo").schedule.to_frame()
    columns = ["job", "task", "start", "finish", "server_type", "server"]
    assert expected == list(frame[columns].astype(str).itertuples(index=False, name=None))


def test_the_fastest_mode_that_is_free_is_taken():
    """A task does not wait for a faster server; the next one may take it."""
    either = Task("either", [Mode({"CPU": 1}, 9), Mode({"GPU": 1}, 2)])
    graph = TaskGraph.from_tasks([either] * 3, [])
    schedule = simulate([Job(graph)], Platform({"CPU": 1, "GPU": 1}), "fifo").schedule
    assert [(0, 1), (1, 0), (2, 1)] == list(
        zip(schedule.task.tolist(), schedule.mode.tolist(), strict=True)
    )
    assert [0, 0, 2] == schedule.start.tolist()
