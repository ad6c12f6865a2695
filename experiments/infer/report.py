"""What the command `infer` says of a map: its numbers, and text of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.infer.outputs import figure
from experiments.infer.results import Asked, Result
from stomp_flim import __version__
from workloads.flim.lifetimes.comparison import compare
from workloads.flim.lifetimes.lifetime_map import LifetimeMap
from workloads.flim.lifetimes.quality.flags import counted


def report_of(result: Result, asked: Asked, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was computed, as `--json` prints it and the results file keeps it.

    Parameters
    ----------
    result : Result
    asked : Asked
    options : mapping
        Further entries, such as options.
    """
    image, instrument, judged = result.image, result.instrument, result.judged
    record, found = instrument.record, judged.found
    valid = found.mean_ns[found.valid]
    uncertainty = found.uncertainty_ns[found.valid] / valid
    report: dict[str, Any] = {
        "version": __version__,
        "input": image.source,
        "method": found.method,
        "about": found.about,
        "response": instrument.response.about,
        "period_ns": instrument.forward.period_ns,
        "period_assumed": instrument.period_assumed,
        "rows": image.shape[0],
        "columns": image.shape[1],
        **options,
        "valid_pixels": int(found.valid.sum()),
        "computed_pixels": int(np.isfinite(found.background).sum()),
        "flagged_pixels": counted(found.flags),
        "counts": float(image.counts.sum(dtype=np.float64)),
        "record_bins": image.bins,
        "dead_bins": int(record.bins - record.live.sum()),
        "record_bin_width_ns": image.bin_width_ns,
        "mean_lifetime_ns": {
            name: float(np.quantile(valid, share)) if valid.size else None
            for name, share in (("q25", 0.25), ("median", 0.5), ("q75", 0.75))
        },
        "relative_uncertainty": float(np.median(uncertainty)) if valid.size else None,
        "warnings": list(result.warnings),
        "notes": list(image.notes),
    }
    if judged.inferred is not None:
        bins = judged.inferred.time_bins
        seen = image.counts[..., record.live.argmax() : record.bins - record.live[::-1].argmax()]
        report |= {
            "shift_ns": bins.shift_ns,
            "counts_in_window": float(bins.resample(seen.sum(axis=(0, 1), dtype=np.float64)).sum()),
        }
    if result.other is not None:
        report["comparison"] = _compared(found, result.other.found, asked.show_flagged)
    return report


def _compared(first: LifetimeMap, second: LifetimeMap, show_flagged: bool) -> dict[str, str]:
    both = figure.shown(first, show_flagged=show_flagged)
    both &= figure.shown(second, show_flagged=show_flagged)
    said = compare(first.mean_ns, second.mean_ns, both)
    return {
        "compared": f"{said.pixels} pixels valid by {first.method} and {second.method}",
        "ratio": f"{said.median_ratio:.3f} in the median pixel",
        first.method: "{:.3f}, {:.3f}, {:.3f} ns (quartiles)".format(*said.first_ns),
        second.method: "{:.3f}, {:.3f}, {:.3f} ns (quartiles)".format(*said.second_ns),
        "ranks": f"correlation {said.rank_correlation:.3f}",
    }


def checksum_of(path: Path | None) -> str | None:
    """Return the digest of a file: a path alone does not say which content it had."""
    if path is None:
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_of(report: Mapping[str, Any]) -> str:
    """Return the report as lines to read."""
    pixels, lifetime = report["rows"] * report["columns"], report["mean_lifetime_ns"]
    dead = f", {report['dead_bins']} of them dead" if report["dead_bins"] else ""
    period = report["period_ns"]
    assumed = " (as light of earlier pulses shows)" if report["period_assumed"] else ""
    lines = [
        f"image     {report['input']}: {report['rows']} x {report['columns']} pixels, "
        f"{report['record_bins']} bins of {report['record_bin_width_ns']:.4g} ns{dead}, "
        f"{report['counts']:.4g} counts",
        f"response  {report['response']}"
        + (f"; laser period {period:.4g} ns{assumed}" if period is not None else ""),
        f"method    {report['about']}",
        f"pixels    {report['valid_pixels']} of {pixels} valid, {report['seconds']:.2f} s",
    ]
    if report["flagged_pixels"]:
        reasons = ", ".join(f"{n} {reason}" for reason, n in report["flagged_pixels"].items())
        lines.append(f"flagged   {reasons}")
    if lifetime["median"] is None:
        lines.append("lifetime  no pixel has a valid one")
    else:
        lines.append(
            f"lifetime  mean, median {lifetime['median']:.3f} ns, half of the pixels in "
            f"{lifetime['q25']:.3f} to {lifetime['q75']:.3f} ns, uncertain by "
            f"{report['relative_uncertainty']:.0%} in the median pixel"
        )
    if "comparison" in report:
        lines += [f"{name:9} {text}" for name, text in report["comparison"].items()]
    lines += [f"warning   {text}" for text in report["warnings"]]
    lines += [f"note      {text}" for text in report["notes"]]
    lines.append("written   " + ", ".join(report["written"]))
    return "\n".join(lines)
