"""Pixels as a table, a row a pixel: CSV, or Parquet for other tools.

=======================  =========================================================================
column                   meaning
=======================  =========================================================================
``row``, ``column``      from 0, after binning
``counts``               over the whole record
``background``           counts a bin that do not come from the decay
``mean_ns``              the lifetime that the method finds
``uncertainty_ns``       half width of its band of 97%
``tau_1``, ``share_1``   lifetime in ns of the shortest component, its share of the amplitude; ...
``chi_square``           reduced chi-square of the counts against the result
``flags``                sum of the bits of `workloads.flim.lifetimes.quality.flags.Flag`
``reasons``              these flags in words, joined by ``;``
``valid``                whether there is a result and no flag
``version``              what made the table
=======================  =========================================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from experiments.shared.output import csv
from stomp_flim import __version__
from stomp_flim.files import writing
from workloads.flim.lifetimes.lifetime_map import LifetimeMap
from workloads.flim.lifetimes.quality.flags import REASONS

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet")


def table(found: LifetimeMap) -> pd.DataFrame:
    """Return a row a pixel, the rows of the image one after another; without ``version``."""
    import pandas as pd

    row, column = np.indices(found.mean_ns.shape)
    components = {}
    for k in range(found.tau_ns.shape[-1]):
        components[f"tau_{k + 1}"] = found.tau_ns[..., k]
        components[f"share_{k + 1}"] = found.share[..., k]
    columns: dict[str, Any] = {
        "row": row,
        "column": column,
        "counts": found.intensity,
        "background": found.background,
        "mean_ns": found.mean_ns,
        "uncertainty_ns": found.uncertainty_ns,
        **components,
        "chi_square": found.chi_square,
        "flags": found.flags,
        "reasons": _in_words(found.flags),
        "valid": found.valid,
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def write(path: Path, found: LifetimeMap) -> None:
    """Write the table, as Parquet if the suffix says so.

    Parameters
    ----------
    path : Path
        The file, .csv or .parquet.
    found : LifetimeMap
        What is written.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    pixels = table(found)
    with writing(path):
        if path.suffix.lower() == ".parquet":
            with path.open("wb") as file:  # what cannot be written is then the system's to say
                pixels.assign(version=__version__).to_parquet(file, index=False)
        else:
            path.write_bytes(csv(pixels))


def _in_words(flags: npt.NDArray[np.uint16]) -> npt.NDArray[np.object_]:
    """Return the reasons of each pixel; few sums of bits occur, and each is told once."""
    sums, which = np.unique(flags, return_inverse=True)
    words = [";".join(r for flag, r in REASONS.items() if bits & int(flag)) for bits in sums]
    return np.array(words, dtype=object)[which]
