"""The page of a map: whole in itself, the same on every run, and readable without its pictures."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flim.lifetime_maps import lifetime_map

from experiments.infer.outputs.page import (
    MEANINGS,
    Contents,
    Example,
    Phasors,
    render,
    write,
)
from stomp_flim.errors import InputError
from workloads.flim.lifetimes.quality.flags import REASONS, Flag

FOUND = lifetime_map(8, 8)
TIMES = 0.1 * np.arange(60)
EXPECTED = 100 * np.exp(-TIMES)
PHASORS = Phasors(np.full((8, 8), 0.5), np.full((8, 8), 0.4), 80.0)
PROVENANCE: dict[str, Any] = {"input_sha256": "0f" * 32, "options": {"components": 2}}


def contents(**changes: Any) -> Contents:
    """Return what a page with all its parts shows, but for some."""
    example = Example(7, 6, TIMES, EXPECTED.round(), EXPECTED)
    whole = Contents(
        FOUND, "cells.sdt", PROVENANCE, ["no laser period is known"], PHASORS, [example]
    )
    return replace(whole, **changes)


class Read(HTMLParser):
    """What a page holds: text, images, headings, and all that it refers to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.references: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words, with single spaces."""
        return " ".join(" ".join(self.words).split())


def test_the_page_needs_nothing_beside_it() -> None:
    """All that it refers to is inside, and pictures are whole SVG."""
    page = render(contents())
    read = Read(page)
    prefix = "data:image/svg+xml;base64,"
    assert len(read.references) == 6 == len(read.images)
    for reference in read.references:
        assert reference.startswith(prefix)
        assert ET.fromstring(base64.b64decode(reference.removeprefix(prefix))).tag.endswith("svg")
    assert not {"script", "link", "iframe"} & set(read.tags)
    assert "url(" not in page


def test_pictures_are_told_in_words() -> None:
    """Each has an alternative text, with the numbers that it shows."""
    texts = [image["alt"] or "" for image in Read(render(contents())).images]
    assert all(len(text) > 20 for text in texts)
    lower, middle, upper = np.quantile(FOUND.mean_ns[FOUND.valid], (0.25, 0.5, 0.75))
    assert f"median {middle:.3f} ns, half of them {lower:.3f} to {upper:.3f} ns" in texts[0]
    assert "80 MHz, median g 0.500, s 0.400" in texts[4]
    assert f"Row 7, column 6: {FOUND.mean_ns[7, 6]:.3f} ± " in texts[5]


def test_the_text_says_numbers_warnings_and_provenance() -> None:
    """Of valid pixels alone; values of provenance as they are."""
    text = Read(render(contents())).text
    valid = FOUND.valid
    for words in (
        "Lifetimes of cells.sdt",
        f"{np.median(FOUND.mean_ns[valid]):.3f} ns",
        f"± {np.median(FOUND.uncertainty_ns[valid]):.3f} ns",
        f"{int(valid.sum())} of 64",
        "Warning: no laser period is known.",
        f"input_sha256 {'0f' * 32}",
        'options {"components": 2}',
        "The mean lifetime is weighted by amplitude",
    ):
        assert words in text


def test_every_flag_is_counted_and_explained() -> None:
    """Most pixels first; without a flag there is no table."""
    assert REASONS.keys() == MEANINGS.keys()
    text = Read(render(contents())).text
    for flag, reason in REASONS.items():
        number = int(np.count_nonzero(FOUND.flags & int(flag)))
        assert f"{reason} {number} {100 * number / 64:.1f}% {MEANINGS[flag]}" in text
    assert text.index("too uncertain 2") < text.index("saturated 1")
    page = Read(render(contents(found=replace(FOUND, flags=np.zeros_like(FOUND.flags)))))
    assert "table" not in page.tags
    assert "No pixel has a flag." in page.text


def test_a_map_without_a_valid_pixel_has_its_page() -> None:
    """It shows no number that it does not have."""
    none = replace(FOUND, flags=np.full_like(FOUND.flags, Flag.OUT_OF_RANGE))
    page = render(contents(found=none))
    text = Read(page).text
    assert "no pixel has a lifetime to be shown" in text
    assert "outside the trained range 64 100.0%" in text
    assert "nan" not in text.lower().split()


def test_parts_that_are_not_given_have_no_heading() -> None:
    """Phasors, examples and warnings are left out whole."""
    text = Read(render(contents(phasors=None, examples=(), warnings=()))).text
    for word in ("Phasors", "Example pixels", "Warning"):
        assert word not in text


def test_flagged_pixels_count_if_they_are_shown() -> None:
    """And the page says so."""
    text = Read(render(contents(show_flagged=True))).text
    finite = np.isfinite(FOUND.mean_ns)
    assert f"{np.median(FOUND.mean_ns[finite]):.3f} ns" in text
    assert f"{int(finite.sum())} of 64, {100 * finite.mean():.1f}%; flagged ones" in text


def test_a_phase_lifetime_is_no_mean() -> None:
    """The page says what it is."""
    text = Read(render(contents(found=replace(FOUND, method="phasor")))).text
    assert "Phase lifetime, median" in text
    assert "weighted by amplitude, " not in text


def test_names_are_text_and_not_markup() -> None:
    """Whatever a file is called."""
    page = Read(render(contents(source="<script>alert(1)</script>.sdt")))
    assert "script" not in page.tags
    assert "<script>alert(1)</script>.sdt" in page.text


def test_an_example_says_what_it_has() -> None:
    """Without a lifetime or a chi-square there is no number in their place."""
    unknown = replace(FOUND, chi_square=np.full_like(FOUND.chi_square, np.nan))
    dark, lit = (Example(0, c, TIMES, EXPECTED.round(), EXPECTED) for c in (0, 7))
    text = Read(render(contents(found=unknown, examples=[dark, lit]))).text
    assert "Row 0, column 0: no lifetime, too few photons Row" in text
    mean, band = FOUND.mean_ns[0, 7], FOUND.uncertainty_ns[0, 7]
    assert f"Row 0, column 7: {mean:.3f} ± {band:.3f} ns, too uncertain" in text


def test_an_example_is_a_pixel_of_the_image() -> None:
    """One outside is an error, and no file is begun."""
    outside = Example(8, 0, TIMES, EXPECTED, EXPECTED)
    with pytest.raises(InputError, match="row 8, column 0, expected one of 8 x 8 pixels"):
        render(contents(examples=[outside]))


def test_equal_contents_are_equal_files(tmp_path: Path) -> None:
    """No date, no counter and no random identifier."""
    for name in "ab":
        write(tmp_path / f"{name}.html", contents())
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_what_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    """It names the file."""
    with pytest.raises(InputError, match=r"page\.html: cannot be written: No such file"):
        write(tmp_path / "none/page.html", contents())
