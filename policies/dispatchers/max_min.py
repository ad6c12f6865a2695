"""Max-min."""

from __future__ import annotations

from collections.abc import Sequence

from policies.dispatchers.batch_mode import BatchMode, Candidate


class MaxMin(BatchMode):
    """Max-min: of the earliest completions of all ready tasks, the latest is mapped first.

    Maheswaran et al. 1999 (`policies.dispatchers.batch_mode`). Equal ones in the order in which
    they became ready; of equal completions of a task its fastest mode.
    """

    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidate that is completed last."""
        return [min(candidates, key=lambda c: (-c.completion, c.place))]
