"""The figures of the page on networks: those of the cards, and of seeded pixels again."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pages
import pytest

from experiments.accuracy.lifetimes import (
    LIMIT,
    classical_methods,
    lifetime_rows,
    limit_rows,
    network_methods,
)
from workloads.flim import zoo
from workloads.flim.data.pixels import WIDE, Recipe
from workloads.flim.lifetimes.posterior.decays import posterior_decays
from workloads.flim.training.evaluation import figures, held_out

SHIPPED = pages.table("networks.md", "network | parameters")
METHODS = pages.table("networks.md", "method")
CLASSICAL = ("phasor", "rapid determination")
FITS = ("least squares", "Poisson fit")
RANGES = {1: Recipe(), 4: WIDE}
"""By the first of their three columns, for 300, 1,000 and 10,000 photons."""


def named(title: str) -> str:
    """Return the network that the first cell of a row names."""
    return title.split("`")[1]


@pytest.mark.parametrize("row", SHIPPED[1:], ids=lambda row: named(row[0]))
def test_figures_are_those_of_the_cards(row: list[str]) -> None:
    """Parameters, accuracy of the decay, and error of the mean lifetime."""
    card = zoo.read(named(row[0])).card
    held_out = card["held_out"]
    errors = (held_out["lifetime_error_1000"], held_out["lifetime_error_10000"])
    assert row[1:] == [
        f"{card['parameters']:,}",
        f"{held_out['rmse']:.4f}",
        f"{held_out['r2']:.4f}",
        *(f"{error:.1%}" for error in errors),
    ]
    assert 2000 == held_out["pixels"]


def test_the_split_into_components() -> None:
    """Of the default network, and what it saves."""
    card = zoo.read(zoo.DEFAULT).card
    rmse, r2 = card["held_out"]["rmse_components"], card["held_out"]["r2_components"]
    page = pages.words("networks.md")
    assert f"`{zoo.DEFAULT}` is {rmse:.3f} (R² {r2:.3f})" in page
    saved = card["reduction_from_teacher"]
    assert f"{card['parameters']:,} parameters, {saved:.1%} fewer than the teacher" in page


@pytest.mark.parametrize("name", ["seq2seqlite-16", "seq2seqlite-32"])
def test_shipped_weights_give_the_figures_of_their_card_again(name: str) -> None:
    """On the same 2,000 pixels of the held-out stream, by the integer kernel."""
    entry = zoo.read(name)
    found = figures(entry.weights)
    assert {key: pytest.approx(found[key], rel=1e-6) for key in found} == entry.card["held_out"]


def test_sizes_and_ranges() -> None:
    """Parameters of the teacher, and what pixels are drawn from."""
    page, recipe = pages.words("networks.md"), Recipe()
    assert f"({zoo.read('seq2seq-128').card['parameters']:,} parameters)" in page

    def said(low_high: tuple[float, float], scale: str = ",g") -> str:
        return "–".join(f"{end:{scale}}" for end in low_high)

    for cell in (
        f"{said(recipe.short_ns)} ns, {said(recipe.long_ns)} ns (`WIDE`: both {said(WIDE.long_ns)}",
        f"| amplitude of the short one | {said(recipe.fraction)} |",
        f"| photons | {said(recipe.photons)}, uniform",
        f"| dark counts | {said(recipe.dark_counts)} in each bin |",
        f"Gaussian of {said(recipe.fwhm_ns)} ns with a tail of {said(recipe.tail_ns)} ns, "
        f"centre in bins {said(recipe.center_bins)}",
    ):
        assert cell in page


def errors(rows: list[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Return the errors as the page prints them, by method and photons."""
    return {(row["method"], int(row["photons"])): f"{row['median_error']:.1%}" for row in rows}


def stated(first: int, titles: list[str]) -> dict[tuple[str, int], str]:
    """Return what the page says of some methods on a range."""
    rows = {row[0].replace("`", ""): row[first : first + 3] for row in METHODS[1:]}
    return {
        (title, photons): cell
        for title in titles
        for photons, cell in zip((300, 1000, 10_000), rows.get(title, [""] * 3), strict=True)
        if cell
    }


@pytest.mark.parametrize("first", RANGES, ids=["narrow", "wide"])
def test_lifetimes_of_networks_and_quick_methods(first: int) -> None:
    """On 500 held-out pixels for each number of photons."""
    recipe = RANGES[first]
    methods = {n: m for n, m in classical_methods().items() if n in CLASSICAL}
    methods |= network_methods(recipe)
    found = errors(lifetime_rows(methods, 500, recipe, photons=(300.0, 1000.0, 10_000.0)))
    expected = stated(first, list(methods))
    assert expected
    assert expected == {key: found[key] for key in expected}


@pytest.mark.slow
@pytest.mark.parametrize("first", RANGES, ids=["narrow", "wide"])
def test_the_limit_and_fits(first: int) -> None:
    """On the same pixels: the posterior median, which nothing beats, and fits of each decay."""
    recipe = RANGES[first]
    methods = {name: classical_methods()[name] for name in FITS}
    rows = lifetime_rows(methods, 500, recipe, photons=(300.0, 1000.0, 10_000.0))
    assert stated(first, [*FITS]) == errors(rows)
    # Draws differ where another processor rounds a logarithm otherwise.
    limits = {
        (row["method"], int(row["photons"])): row["median_error"] for row in limit_rows(500, recipe)
    }
    for key, cell in stated(first, [LIMIT]).items():
        assert limits.pop(key) == pytest.approx(float(cell.rstrip("%")) / 100, abs=0.0016)
    assert not limits


@pytest.mark.slow
def test_the_least_error_of_decays() -> None:
    """On the 2,000 held-out pixels: the RMSE of the posteriors' means, and whose it is."""
    page = pages.words("networks.md")
    least, share = {}, {}
    for name, recipe in (("0.2 to 1.5", Recipe()), ("0.05 to 3", WIDE)):
        pixels = held_out(2000, recipe=recipe)
        error = (posterior_decays(pixels, recipe) - pixels.targets())[..., 0]
        squared = np.sort((error**2).mean(axis=1))
        least[name] = float(np.sqrt(squared.mean()))
        share[name] = float(squared[-20:].sum() / squared.sum())
    stated = re.search(
        r"an RMSE of ([0-9.]+) on the 2,000 held-out pixels of 0.2 to 1.5 ns, "
        r"and of ([0-9.]+) on those of 0.05 to 3 ns, of which one in a hundred makes two fifths",
        page,
    )
    assert stated is not None
    found = [float(figure) for figure in stated.groups()]
    assert found == pytest.approx(list(least.values()), abs=0.0002)
    assert share["0.05 to 3"] == pytest.approx(0.4, abs=0.05)
