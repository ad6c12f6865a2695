"""What a sweep found: its table, and the figures of it that matter most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.shared.cases import DEFAULT, Case, shown_name
from experiments.speedup.points import SpeedupOutcome, SpeedupPoint
from experiments.speedup.published_claims import CLAIMS
from experiments.speedup.sweep import SUM, SpeedupSweep
from stomp_flim.plots.speedup import Claim

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Headline:
    """What one model gains on one device.

    Attributes
    ----------
    title : str
        Name of the model, and of the device where there are several.
    best : row of the table
        The largest speed-up of the sweep.
    claim : Claim, optional
        What is claimed for this model at one of the sweep's numbers of pixels.
    published_fifo : row of a table, optional
        FIFO on the published graphs at as many pixels.
    best_at_claim : row of the table, optional
        The largest speed-up at as many pixels.
    """

    title: str
    best: Any
    claim: Claim | None = None
    published_fifo: Any = None
    best_at_claim: Any = None


class Results:
    """The table of a sweep and its headlines.

    Parameters
    ----------
    sweep : SpeedupSweep
        What was compared.
    outcomes : mapping of SpeedupPoint to SpeedupOutcome
        One for each of `points`.

    Attributes
    ----------
    frame : DataFrame
        The table, see `SpeedupSweep.table`.
    """

    def __init__(
        self, sweep: SpeedupSweep, outcomes: Mapping[SpeedupPoint, SpeedupOutcome]
    ) -> None:
        self.sweep = sweep
        self.frame: pd.DataFrame = sweep.table(outcomes)
        self._replications = {
            case: next(replication.table(outcomes).itertuples())
            for case, replication in replications(sweep).items()
        }

    def rows(self, case: Case, stage: str) -> pd.DataFrame:
        """Return the rows of one case and stage."""
        return rows_of(self.frame, case, stage)

    def headlines(self, stage: str) -> list[Headline]:
        """Return one headline a case for a stage of the table."""
        found = []
        for case in self.sweep.cases:
            rows = self.rows(case, stage)
            headline = Headline(self.sweep.title(case), _largest(rows))
            if stage == SUM and case in self._replications:
                claim = CLAIMS[case.model]
                headline = Headline(
                    headline.title,
                    headline.best,
                    claim,
                    self._replications[case],
                    _largest(rows[rows["pixels"] == claim.pixels]),
                )
            found.append(headline)
        return found


def points(sweep: SpeedupSweep) -> list[SpeedupPoint]:
    """Return all that is to be simulated for the results of a sweep, the most work first."""
    sweeps = [sweep, *replications(sweep).values()]
    return sorted(
        dict.fromkeys(point for each in sweeps for point in each.points()),
        key=lambda point: -point.tasks,
    )


def replications(sweep: SpeedupSweep) -> dict[Case, SpeedupSweep]:
    """Return by case what repeats a claim: FIFO on the published graphs at its pixels."""
    return {
        case: SpeedupSweep((case.model,), (SUM,), (claim.pixels,), ("fifo",), as_published=True)
        for case in sweep.cases
        for claim in claims(sweep, case, SUM)
        if SUM in sweep.stages and claim.pixels in sweep.pixels
    }


def claims(sweep: SpeedupSweep, case: Case, stage: str) -> Sequence[Claim]:
    """Return the claim for a model if the case is about the runs that it comes from.

    Those ran the stages as separate jobs; a pipeline shortens the baseline too.
    """
    as_run = case.device == "published" and case.setup == DEFAULT and case.steps(sweep.steps) == 1
    comparable = stage == SUM and as_run
    return (CLAIMS[case.model],) if comparable and case.model in CLAIMS else ()


def rows_of(frame: pd.DataFrame, case: Case, stage: str) -> pd.DataFrame:
    """Return the rows of one case and stage of a table."""
    of_model = (frame["model"] == shown_name(case.model)) & (frame["device"] == case.device_name)
    return frame[of_model & (frame["stage"] == stage)]


def _largest(rows: pd.DataFrame) -> Any:
    """Return the row with the largest speed-up, the first of equal ones."""
    return next(rows.sort_values("speedup", ascending=False, kind="stable").itertuples())
