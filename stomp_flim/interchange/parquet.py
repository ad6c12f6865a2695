"""Schedules as Parquet: columns that other tools read without parsing, a million rows at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stomp_flim.arrays import Indices
from stomp_flim.files import replacing
from stomp_flim.schedule import Schedule

ROWS = 2**20
"""Executions of a row group; what is laid out in memory at a time."""


def write_parquet(schedule: Schedule, path: Path | str) -> None:
    """Write one row a held server, in dispatch order.

    Parameters
    ----------
    schedule : Schedule
        What is written: columns job, task, name, mode, server_type, server, ready, start, released,
        finish, as `Schedule.to_frame` has them. Times are in cycles; `name` and `server_type` are
        dictionaries, and every task and server type of the run is in them.
    path : Path or str
        The file, which is replaced if it exists.

    Raises
    ------
    InputError
        If the file cannot be written.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)] * 4, platform, "hlfet")
    >>> import pandas as pd
    >>> from stomp_flim.interchange.parquet import write_parquet
    >>> write_parquet(result.schedule, "schedule.parquet")
    >>> len(pd.read_parquet("schedule.parquet")) >= result.schedule.workload.tasks
    True
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    workload = schedule.workload
    graphs = workload.graphs
    names = pa.array([name for graph in graphs for name in graph.task_names])
    types = pa.array(list(schedule.platform.servers))
    first_name = np.concatenate([[0], np.cumsum([len(graph) for graph in graphs])])
    name_of_job = first_name[workload.graph_number]

    def labels(numbers: Indices, values: pa.Array) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), values)

    def table(begin: int, end: int) -> pa.Table:
        first, last = schedule.server_offset[[begin, end]]
        units = np.diff(schedule.server_offset[begin : end + 1])
        columns = {
            column: np.repeat(getattr(schedule, column)[begin:end], units)
            for column in ("job", "task", "mode", "ready", "start", "released", "finish")
        }
        return pa.table(
            {
                "job": columns["job"],
                "task": columns["task"],
                "name": labels(name_of_job[columns["job"]] + columns["task"], names),
                "mode": columns["mode"],
                "server_type": labels(schedule.server_type_number[first:last], types),
                "server": schedule.server[first:last],
                **{name: columns[name] for name in ("ready", "start", "released", "finish")},
            }
        )

    with replacing(path) as temporary, pq.ParquetWriter(temporary, table(0, 0).schema) as writer:
        for begin in range(0, len(schedule), ROWS):
            writer.write_table(table(begin, min(begin + ROWS, len(schedule))))
