"""STOMP's order of the completions of one instant, for dispatchers that are asked after each.

With at most one start an event it matters which of the tasks that finish in one instant does so
first: the next one has its chance only after the next event. STOMP keeps the server that will be
free next. After each completion it looks through the servers for it, the last of equal ones counts;
a task that starts replaces it only if it finishes strictly earlier. See docs/contract.md
(round-event-order).
"""

from __future__ import annotations

from collections.abc import Sequence

from stomp_flim.engines.reference.engine import SimPyEngine
from stomp_flim.instance import Choice
from stomp_flim.run import Run


class StompEvents(SimPyEngine):
    """SimPy's engine with the completions of an instant in STOMP's order.

    The first one is the task on the highest-numbered server of those that ran already when the last
    task before them finished; if none did, it is the one that started first. The others follow from
    the highest-numbered server down.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._position: dict[int, int] = {}  # of each record in the order of the starts
        self._looked = 0  # how many had started when the servers were last looked through

    def _complete(self, batch: Sequence[int], now: int) -> None:
        for record in self._as_found(batch):
            self._looked = len(self._dispatched)
            super()._complete((record,), now)

    def _start(self, record: int, choice: Choice) -> bool:
        started = super()._start(record, choice)
        if started:
            self._position[record] = len(self._dispatched) - 1
        return started

    def _as_found(self, batch: Sequence[int]) -> Sequence[int]:
        if len(batch) < 2:
            return batch
        found = sorted(batch, key=lambda record: max(self._held[record]), reverse=True)
        seen = [record for record in found if self._position[record] < self._looked]
        first = seen[0] if seen else min(batch, key=self._position.__getitem__)
        found.remove(first)
        return [first, *found]
