"""Writing the files of one image of the command `infer`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.infer.outputs import figure, page, table, tiff
from experiments.infer.results import Asked, Result
from stomp_flim.files import writing
from workloads.flim.data.timebins import BIN_WIDTH_NS
from workloads.flim.lifetimes.methods import Judged
from workloads.flim.lifetimes.quality.judging import expected_counts

Values = npt.NDArray[np.float64]

EXAMPLES = 4
"""Pixels whose decays the page shows."""


def write(
    temporary: Mapping[str, Path],
    files: Mapping[str, Path],
    result: Result,
    asked: Asked,
    provenance: Mapping[str, Any],
) -> None:
    """Write the files of an image.

    Parameters
    ----------
    temporary, files : mapping of str to Path
        By kind, where each is written, and what it will be called.
    result : Result
    asked : Asked
    provenance : mapping
        The report, and digests of what it came from.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    found = result.judged.found
    looks: dict[str, Any] = {
        "limits_ns": asked.limits_ns,
        "show_flagged": asked.show_flagged,
        "pixel_um": asked.pixel_um,
    }
    with writing(files["out"]):
        _write_arrays(temporary["out"], result.judged, provenance)
    if "tiff" in files:
        is_ome = tiff.is_ome(files["tiff"])
        tiff.write(temporary["tiff"], found, ome=is_ome, pixel_um=asked.pixel_um)
    if "table" in files:
        table.write(temporary["table"], found)
    if "figure" in files:
        figure.write(temporary["figure"], found, **looks)
    if "difference" in files and result.other is not None:
        numbers = provenance["comparison"]
        figure.write_difference(
            temporary["difference"], found, result.other.found, numbers, **looks
        )
    if "page" in files:
        contents = page.Contents(
            found,
            result.image.source,
            provenance,
            result.warnings,
            _phasors(result),
            _examples(result),
            **looks,
        )
        page.write(temporary["page"], contents)


def _write_arrays(path: Path, judged: Judged, provenance: Mapping[str, Any]) -> None:
    """Write the results file; `experiments.infer.command` says what its arrays are."""
    found, inferred = judged.found, judged.inferred
    whole = found.mean_ns if inferred is None else inferred.lifetimes.tau_ns[..., 0]
    arrays: dict[str, Any] = {
        "lifetimes_ns": np.concatenate([whole[..., None], found.tau_ns], axis=-1),
        "share": found.share,
        "fraction": found.share[..., 0],
        "mean_lifetime_ns": found.mean_ns,
        "uncertainty_ns": found.uncertainty_ns,
        "chi_square": found.chi_square,
        "background": found.background,
        "intensity": found.intensity,
        "flags": found.flags,
        "mask": found.valid,
        "provenance": json.dumps(provenance),
    }
    if inferred is not None:
        arrays |= {
            "y": inferred.y,
            "y_fraction_bits": inferred.output.fraction,
            "inferred": inferred.mask,
            "bin_width_ns": BIN_WIDTH_NS,
        }
    np.savez(path, **arrays)


def _phasors(result: Result) -> page.Phasors | None:
    from workloads.flim.lifetimes.classical.inversion import window_ns
    from workloads.flim.lifetimes.classical.phasor import phasors

    found, forward = result.judged.found, result.instrument.forward
    lit = np.isfinite(found.background)
    g, s = np.full(lit.shape, np.nan), np.full(lit.shape, np.nan)
    values = phasors(result.image.counts[lit], forward, background=found.background[lit])
    g[lit], s[lit] = values.real, values.imag
    return page.Phasors(g, s, 1e3 / window_ns(forward))


def _examples(result: Result) -> list[page.Example]:
    """Return pixels over the range of lifetimes, the bright ones of their neighbours in it."""
    found = result.judged.found
    shown = found.valid if found.valid.any() else np.isfinite(found.mean_ns)
    places = np.flatnonzero(shown & (found.share.size > 0))
    if not places.size:
        return []
    ranked = places[np.argsort(found.mean_ns.ravel()[places], kind="stable")]
    groups = np.array_split(ranked, min(EXAMPLES, len(ranked)))
    chosen = [int(group[np.argmax(found.intensity.ravel()[group])]) for group in groups]
    rows, columns = np.unravel_index(chosen, found.mean_ns.shape)
    counts = result.image.counts[rows, columns]
    order = np.flatnonzero(np.isfinite(found.background))
    background = result.judged.background.of(np.searchsorted(order, chosen))
    curves = expected_counts(
        counts, found.tau_ns[rows, columns], found.share[rows, columns], background,
        result.instrument,
    )  # fmt: skip
    live = result.instrument.record.live
    times = np.asarray((np.arange(result.image.bins) + 0.5) * result.image.bin_width_ns, np.float64)
    return [
        page.Example(int(row), int(column), times[live], pixel[live], curve[live])
        for row, column, pixel, curve in zip(rows, columns, counts, curves, strict=True)
    ]
