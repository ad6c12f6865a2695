"""Schedules as comma-separated text, one row a task, in the order of the input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stomp_flim.files import replacing
from stomp_flim.interchange.stomp.trace import JobTrace, TaskTrace

if TYPE_CHECKING:
    from stomp_flim.simulation import Result

_PLACE = ["start", "finish", "server_type", "server"]


def write_schedule(
    result: Result, path: Path | str, trace: JobTrace | TaskTrace | None = None
) -> None:
    """Write a schedule, one row for each server that a task holds.

    Parameters
    ----------
    result : Result
        What `stomp_flim.simulate` returned.
    path : path
        The file to write.
    trace : JobTrace or TaskTrace, optional
        The trace that the jobs came from. Without it, job numbers stand as pixels.

    Raises
    ------
    InputError
        If the file cannot be written.

    Notes
    -----
    The columns are pixel, node, start, finish, server_type, server; for a task trace task (its row
    in the trace, from 0), type, start, finish, server_type, server. Where a pixel has several jobs
    in the trace, for example encoder and decoder, two more tell them apart: job, the row in the
    trace from 0, and graph, the name of its task graph.
    """
    frame = result.schedule.to_frame()
    if isinstance(trace, TaskTrace):
        # a job of a task trace is one task, which has the name of its type
        frame = frame.assign(task=frame["job"], type=frame["name"])
        columns = ["task", "type", *_PLACE]
    else:
        workload = result.schedule.workload
        pixels = list(range(len(workload))) if trace is None else trace.pixels
        graphs = [job.graph.name for job in workload.jobs]
        frame["pixel"] = [pixels[job] for job in frame["job"]]
        frame["graph"] = [graphs[job] for job in frame["job"]]
        frame["node"] = frame["task"]
        columns = ["pixel", "node", *_PLACE]
        if len(set(pixels)) < len(pixels):
            columns += ["job", "graph"]
    with replacing(path) as temporary:
        frame[columns].to_csv(temporary, index=False, lineterminator="\n")
