"""Sufferage."""

from __future__ import annotations

from collections.abc import Sequence

from policies.dispatchers.batch_mode import BatchMode, Candidate


class Sufferage(BatchMode):
    """Sufferage: who would lose most by its second choice gets its first.

    Maheswaran et al. 1999 (`policies.dispatchers.batch_mode`). The sufferage of a task is its
    earliest completion on other servers less its earliest of all. In each turn every task bids for
    its best servers, and of those that bid for the same the one with the largest sufferage is
    mapped, equal ones in the order in which they became ready. Its second choice may be another
    mode, or the same one with one server exchanged for that which is free next; a task without a
    second choice goes first.
    """

    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates that are mapped in one turn."""
        chosen: list[Candidate] = []
        taken: set[str] = set()
        for candidate in sorted(candidates, key=lambda c: (-c.sufferage, c.place)):
            types = {server_type for server_type, _ in candidate.option.demand}
            if taken.isdisjoint(types):
                chosen.append(candidate)
                taken |= types
        return chosen
