"""Min-min."""

from __future__ import annotations

from collections.abc import Sequence

from policies.dispatchers.batch_mode import BatchMode, Candidate


class MinMin(BatchMode):
    """Min-min: of the earliest completions of all ready tasks, the earliest is mapped first.

    Maheswaran et al. 1999 (`policies.dispatchers.batch_mode`). Equal ones in the order in which
    they became ready; of equal completions of a task its fastest mode.
    """

    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidate that is completed first."""
        return [min(candidates, key=lambda c: (c.completion, c.place))]
