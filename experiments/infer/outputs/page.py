"""The page of a map: one HTML file that needs nothing beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.infer.outputs import page_figures
from experiments.infer.outputs.figure import shown
from experiments.infer.outputs.planes import lifetime_name
from experiments.shared.page import Picture, page
from stomp_flim.errors import InputError
from stomp_flim.files import writing
from workloads.flim.lifetimes.lifetime_map import LifetimeMap
from workloads.flim.lifetimes.quality.flags import REASONS, Flag, counted

SUFFIXES = (".html",)

MEANINGS = {
    Flag.DARK: "The pixel has fewer photons than were asked for, or than a quarter of the fewest "
    "that the network was trained on.",
    Flag.BACKGROUND: "Its counts do not rise above the background: there is no decay to measure.",
    Flag.SATURATED: "A bin stands at the ceiling of its counter: counts beyond it were lost.",
    Flag.PILE_UP: "So many pulses gave a photon that early photons hide later ones, which makes "
    "lifetimes too short.",
    Flag.IMPOSSIBLE: "A component has no positive lifetime, or a share that is not from 0 to 1.",
    Flag.OUT_OF_RANGE: "Its counts speak for a lifetime outside of the range that the network was "
    "trained on.",
    Flag.UNEXPLAINED: "The result, convolved with the response, differs from the counts by more "
    "than their noise.",
    Flag.UNCERTAIN: "The band that holds the lifetime is wider than half of the lifetime on either "
    "side: too few photons, or a result that is off.",
    Flag.LEFT_OUT: "The pixel lies outside of the region that was given.",
}
"""What each flag says of a pixel, in a sentence."""


@dataclass(frozen=True, eq=False)
class Phasors:
    """Phasors of the pixels: `g` and `s`, arrays [rows, columns], at a frequency in MHz."""

    g: npt.NDArray[np.float64]
    s: npt.NDArray[np.float64]
    frequency_mhz: float


@dataclass(frozen=True, eq=False)
class Example:
    """A pixel to look at: counts [bins], and the means that its result expects, at times in ns."""

    row: int
    column: int
    times_ns: npt.NDArray[np.float64]
    counts: npt.NDArray[Any]
    expected: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contents:
    """What a page shows.

    Parameters
    ----------
    found : LifetimeMap
        The map.
    source : str
        Name of the input.
    provenance : mapping of str to object
        What made the map, as JSON would hold it: input, digests, options, version.
    warnings : sequence of str
        What was said of the input and the result.
    phasors : Phasors, optional
        Phasors of all pixels.
    examples : sequence of Example
        Pixels with their decays.
    limits_ns : (float, float), optional
        Range of the colours in ns.
    show_flagged : bool
        Whether flagged pixels are drawn and counted with the others.
    pixel_um : float, optional
        Edge of a pixel in um.
    """

    found: LifetimeMap
    source: str
    provenance: Mapping[str, object]
    warnings: Sequence[str] = ()
    phasors: Phasors | None = None
    examples: Sequence[Example] = ()
    limits_ns: tuple[float, float] | None = None
    show_flagged: bool = False
    pixel_um: float | None = None


def write(path: Path, contents: Contents) -> None:
    """Write the page; equal contents are equal bytes.

    Raises
    ------
    InputError
        If an example lies outside of the image, the limits do not rise, or the file cannot be
        written.
    """
    text = render(contents)
    with writing(path):
        path.write_text(text, encoding="utf-8")


def render(contents: Contents) -> str:
    """Return the page."""
    found = contents.found
    drawn = shown(found, show_flagged=contents.show_flagged)
    return page(
        Path(__file__).with_name("templates") / "lifetimes.html",
        contents=contents,
        found=found,
        lifetime=lifetime_name(found.method),
        quartiles=_quantiles(found.mean_ns[drawn], (0.25, 0.5, 0.75)),
        uncertainty=_quantiles(found.uncertainty_ns[drawn], (0.5,)),
        shown=int(drawn.sum()),
        pixels=drawn.size,
        flags=_flags(found),
        map=_map(contents, drawn),
        histograms=_histograms(contents, drawn),
        phasors=_phasors(contents, drawn),
        examples=[_example(contents, example) for example in contents.examples],
        provenance={key: _value(value) for key, value in contents.provenance.items()},
    )


def _flags(found: LifetimeMap) -> list[tuple[str, str, int]]:
    """Return the reason, its meaning and its pixels for each flag that occurs, most first."""
    meanings = {REASONS[flag]: meaning for flag, meaning in MEANINGS.items()}
    return [(reason, meanings[reason], number) for reason, number in counted(found.flags).items()]


def _map(contents: Contents, drawn: npt.NDArray[np.bool_]) -> Picture:
    found = contents.found
    rows, columns = found.mean_ns.shape
    quartiles = _quantiles(found.mean_ns[drawn], (0.25, 0.5, 0.75))
    text = f"Map of {rows} by {columns} pixels, {int(drawn.sum())} of them in colour"
    if quartiles:
        lower, middle, upper = quartiles
        text += f": median {middle:.3f} ns, half of them {lower:.3f} to {upper:.3f} ns"
    content = page_figures.lifetimes(
        found, drawn, limits_ns=contents.limits_ns, pixel_um=contents.pixel_um
    )
    return Picture.of(content, "svg", f"{text}.")


def _histograms(contents: Contents, drawn: npt.NDArray[np.bool_]) -> list[tuple[str, Picture]]:
    found = contents.found
    name = lifetime_name(found.method).capitalize()
    chosen = {
        f"{name} (ns)": ("pixels in colour", found.mean_ns[drawn]),
        "Uncertainty (ns)": ("pixels in colour", found.uncertainty_ns[drawn]),
        "Counts of a pixel": ("all pixels", np.asarray(found.intensity, dtype=np.float64)),
    }
    pictures = []
    for number, (label, (which, values)) in enumerate(chosen.items()):
        median = _quantiles(values, (0.5,))
        told = f"median {median[0]:.4g}" if median else "none has a value"
        content = page_figures.spread(
            values, label, limits=None if number else contents.limits_ns, coloured=not number
        )
        caption = f"{label}, {which}"
        pictures.append((caption, Picture.of(content, "svg", f"Histogram: {caption}; {told}.")))
    return pictures


def _phasors(contents: Contents, drawn: npt.NDArray[np.bool_]) -> Picture | None:
    given = contents.phasors
    if given is None:
        return None
    g, s = given.g[drawn], given.s[drawn]
    text = f"Density of the phasors of {drawn.sum()} pixels at {given.frequency_mhz:.4g} MHz"
    medians = [*_quantiles(g, (0.5,)), *_quantiles(s, (0.5,))]
    if len(medians) == 2:
        text += f", median g {medians[0]:.3f}, s {medians[1]:.3f}"
    content = page_figures.phasors(g, s, given.frequency_mhz)
    return Picture.of(content, "svg", f"{text}, with the universal semicircle.")


def _example(contents: Contents, example: Example) -> tuple[str, Picture]:
    found, where = contents.found, (example.row, example.column)
    rows, columns = found.mean_ns.shape
    if not (0 <= example.row < rows and 0 <= example.column < columns):
        raise InputError(
            f"example pixel in row {example.row}, column {example.column}, "
            f"expected one of {rows} x {columns} pixels"
        )
    lifetime = "no lifetime"
    if np.isfinite(found.mean_ns[where]):
        lifetime = f"{found.mean_ns[where]:.3f} ± {found.uncertainty_ns[where]:.3f} ns"
    said = [lifetime]
    if np.isfinite(found.chi_square[where]):
        said.append(f"reduced chi-square {found.chi_square[where]:.2f}")
    reasons = [reason for flag, reason in REASONS.items() if found.flags[where] & int(flag)]
    said += reasons or (["valid"] if found.valid[where] else [])
    caption = f"Row {example.row}, column {example.column}: {', '.join(said)}"
    content = page_figures.decay(example.times_ns, example.counts, example.expected)
    text = f"Counts over time, the result, and weighted residuals below. {caption}."
    return caption, Picture.of(content, "svg", text)


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _quantiles(values: npt.NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """Return quantiles of what is finite, and none where nothing is."""
    known = values[np.isfinite(values)]
    return [float(value) for value in np.quantile(known, shares)] if known.size else []
