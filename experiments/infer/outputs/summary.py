"""A row an input: what came out of each image of a run, as a table and as printed text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from experiments.shared.output import csv
from stomp_flim.files import writing
from workloads.flim.lifetimes.lifetime_map import LifetimeMap
from workloads.flim.lifetimes.quality.flags import REASONS, counted

if TYPE_CHECKING:
    import pandas as pd
    import rich.table


@dataclass(frozen=True)
class Entry:
    """The result of one input.

    Parameters
    ----------
    file : str
        The input, as the user named it.
    channel : int or None
        Its detector channel, where it has several.
    found : LifetimeMap
        What was computed.
    warnings : sequence of str
        What was said of it.
    """

    file: str
    channel: int | None
    found: LifetimeMap
    warnings: Sequence[str] = ()


def table(entries: Sequence[Entry]) -> pd.DataFrame:
    """Return a row an input; quantiles and uncertainty are those of valid pixels, NaN without any.

    Columns: file, channel, method, pixels, valid, one ``flagged_`` with its number of pixels for
    each flag, median_ns, q25_ns, q75_ns, median_uncertainty_ns, and warnings, joined by ``;``.
    """
    import pandas as pd

    rows = pd.DataFrame([_row(entry) for entry in entries])
    return rows.astype({"channel": "Int64"})


def write(path: Path, entries: Sequence[Entry]) -> None:
    """Write the table as CSV, which ends in the column ``version``.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    with writing(path):
        path.write_bytes(csv(table(entries)))


def printed(entries: Sequence[Entry]) -> rich.table.Table:
    """Return what a terminal shows: a line an input, its flags by reason, and its warnings."""
    from rich.markup import escape
    from rich.table import Table

    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("input")
    for column in ("valid pixels", "lifetime (ns)", "half of them (ns)", "uncertainty (ns)"):
        shown.add_column(column, justify="right")
    shown.add_column("flagged, warnings")
    for entry in entries:
        row = _row(entry)
        channel = "" if entry.channel is None else f", channel {entry.channel}"
        flagged = [f"{reason}: {pixels:,}" for reason, pixels in counted(entry.found.flags).items()]
        shown.add_row(
            escape(entry.file) + channel,
            f"{row['valid']:,} of {row['pixels']:,}",
            _number(row["median_ns"]),
            f"{_number(row['q25_ns'])} to {_number(row['q75_ns'])}",
            _number(row["median_uncertainty_ns"]),
            escape("\n".join([*flagged, *(f"warning: {each}" for each in entry.warnings)])),
        )
    return shown


def _row(entry: Entry) -> dict[str, Any]:
    found = entry.found
    numbers, valid = counted(found.flags), found.valid
    lower, middle, upper = _quantiles(found.mean_ns[valid], (0.25, 0.5, 0.75))
    (uncertainty,) = _quantiles(found.uncertainty_ns[valid], (0.5,))
    return {
        "file": entry.file,
        "channel": entry.channel,
        "method": found.method,
        "pixels": valid.size,
        "valid": int(valid.sum()),
        **{
            f"flagged_{(flag.name or '').lower()}": numbers.get(reason, 0)
            for flag, reason in REASONS.items()
        },
        "median_ns": middle,
        "q25_ns": lower,
        "q75_ns": upper,
        "median_uncertainty_ns": uncertainty,
        "warnings": ";".join(entry.warnings),
    }


def _quantiles(values: npt.NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [np.nan] * len(shares)
    return [float(value) for value in np.quantile(finite, shares)]


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "none"
