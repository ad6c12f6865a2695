"""What is observed of a run on the way: what was busy and what waited, summed over time."""

from __future__ import annotations

from typing import NamedTuple

from stomp_flim.engines.compiled.compilation import Number, inlined
from stomp_flim.engines.compiled.state import State
from stomp_flim.engines.compiled.tables import Array, Tables


class Usage(NamedTuple):
    """Integrals over time in equal bins; the bins double in width when they run out.

    Attributes
    ----------
    shift : int64[1]
        A bin is ``1 << shift`` cycles wide.
    busy : float64[server types, bins]
        Server-cycles. Floating, since an integral over 2^62 cycles would overflow; whole numbers
        below 2^53 are exact.
    waiting : float64[classes, bins]
        Task-cycles.
    """

    shift: Array
    busy: Array
    waiting: Array


@inlined
def observe(tables: Tables, state: State, usage: Usage, begin: Number, end: Number) -> None:
    """Add what was busy and what waited from one instant to the next."""
    for number in range(len(tables.classes)):
        row = tables.classes[number]
        row.longest = max(row.longest, row.length)
    bins = usage.busy.shape[1]
    while (end - 1) >> usage.shift[0] >= bins:
        _halve(usage.busy)
        _halve(usage.waiting)
        usage.shift[0] += 1
    begin = max(begin, 0)
    while begin < end:
        bin_number = begin >> usage.shift[0]
        until = min(end, (bin_number + 1) << usage.shift[0])
        cycles = float(until - begin)
        for server_type in range(len(tables.servers)):
            busy = tables.servers[server_type] - state.free[server_type]
            usage.busy[server_type, bin_number] += cycles * busy
        for demand_class in range(len(tables.classes)):
            usage.waiting[demand_class, bin_number] += cycles * tables.classes[demand_class].length
        begin = until


@inlined
def _halve(integrals: Array) -> None:
    """Join pairs of bins."""
    half = integrals.shape[1] // 2
    for row in range(integrals.shape[0]):
        for index in range(half):
            integrals[row, index] = integrals[row, 2 * index] + integrals[row, 2 * index + 1]
        for index in range(half, integrals.shape[1]):
            integrals[row, index] = 0.0
