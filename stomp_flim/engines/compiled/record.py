"""The full record of a compiled run, task by task."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stomp_flim.engines.compiled.tables import Array, Rows

EXECUTION = np.dtype(
    [
        ("ready", "i8"),
        ("start", "i8"),
        ("released", "i8"),
        ("finish", "i8"),
        ("option", "u4"),
        ("releases", "u4"),  # how many tasks had freed their servers before the start
    ]
)


class Record(NamedTuple):
    """The full record; empty arrays where none is kept.

    Attributes
    ----------
    dispatched : uint32[tasks]
        Record numbers in dispatch order.
    executions : EXECUTION[tasks]
        By record number; `ready` only of tasks with predecessors.
    """

    dispatched: Array
    executions: Rows
