"""Pictures of maps: what is flagged has no colour, unless asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flim.lifetime_maps import lifetime_map

from experiments.infer.outputs.figure import draw, write, write_difference
from stomp_flim.errors import InputError
from workloads.flim.lifetimes.quality.flags import Flag

FOUND = lifetime_map(8, 8)
NONE = replace(FOUND, flags=np.full_like(FOUND.flags, Flag.OUT_OF_RANGE))


def coloured(figure: object) -> np.ndarray:
    """Return which pixels of the map have a colour."""
    picture = np.asarray(figure.axes[0].images[0].get_array())  # type: ignore[attr-defined]
    return np.asarray(np.ptp(picture, axis=-1) > 0)


def test_flagged_pixels_are_grey_unless_asked_for() -> None:
    """And a pixel without a result is grey in any case."""
    np.testing.assert_array_equal(FOUND.valid, coloured(draw(FOUND)))
    everything = draw(FOUND, show_flagged=True)
    np.testing.assert_array_equal(np.isfinite(FOUND.mean_ns), coloured(everything))
    assert "flagged pixels are shown too" in everything.axes[0].get_title(loc="left")


def test_the_map_says_what_made_it_and_what_it_shows() -> None:
    """Method or network with its range above; a phasor shows no mean lifetime."""
    about = "network seq2seqlite-32 of the zoo, for lifetimes of 0.2 to 1.5 ns"
    figure = draw(replace(FOUND, about=about), limits_ns=(0.5, 2.5), pixel_um=0.5)
    ax, bar, _ = figure.axes
    assert "Network seq2seqlite-32 of the zoo, for lifetimes of 0.2 to 1.5 ns" == ax.get_title(
        loc="left"
    )
    assert ("Mean lifetime (ns)", (0.5, 2.5)) == (bar.get_ylabel(), bar.get_ylim())
    assert "1 \N{MICRO SIGN}m" == ax.texts[-1].get_text()
    phasor = draw(replace(FOUND, method="phasor"))
    assert "Phase lifetime (ns)" == phasor.axes[1].get_ylabel()


def test_a_map_without_a_valid_pixel_has_no_scale_of_lifetimes() -> None:
    """The photons are shown, and the title says why there is no colour."""
    figure = draw(NONE)
    assert not coloured(figure).any()
    assert 1 == len(figure.axes)
    assert "no pixel has a valid lifetime" in figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize(
    ("suffix", "start"), [(".png", b"\x89PNG"), (".SVG", b"<?xml"), (".pdf", b"%PDF")]
)
def test_equal_maps_are_equal_files(tmp_path: Path, suffix: str, start: bytes) -> None:
    """In every format, without a date."""
    for name in "ab":
        write(tmp_path / f"{name}{suffix}", FOUND)
        write_difference(tmp_path / f"d{name}{suffix}", FOUND, FOUND, {"pixels": "55"})
    for kind in ("", "d"):
        a, b = ((tmp_path / f"{kind}{name}{suffix}").read_bytes() for name in "ab")
        assert a == b
        assert a.startswith(start)


def test_maps_without_a_common_valid_pixel_have_no_difference(tmp_path: Path) -> None:
    """One error, and no file."""
    with pytest.raises(InputError, match="no pixel has both lifetimes"):
        write_difference(tmp_path / "d.png", FOUND, NONE, {})
    assert [] == list(tmp_path.iterdir())
