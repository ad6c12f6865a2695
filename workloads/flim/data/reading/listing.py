"""What is in a file of images, and how each part of it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from stomp_flim.errors import InputError
from stomp_flim.files import reading
from workloads.flim.data.reading.formats import format_of, parts
from workloads.flim.data.reading.images import image_of, width_ns_of
from workloads.flim.data.reading.part import Part
from workloads.flim.data.timebins import BIN_WIDTH_NS


@dataclass(frozen=True)
class Entry:
    """A block, a detector or a series of a file, its frames summed.

    Attributes
    ----------
    kind : str
        What it is, in words.
    channel : int, optional
        The number by which it is chosen; None for what cannot be read.
    frames : int
        Number of frames.
    shape : tuple of int
        Rows, columns and time bins; of what is no image of decays, whatever it has.
    bin_width_ns, period_ns : float, optional
        Width of a time bin and time between two pulses of the laser in ns, where known.
    counts : float, optional
        Of all; None where they cannot be read.
    brightest : float, optional
        Counts of the brightest pixel.
    is_read : bool
        Whether `read` reads it.
    how : str
        With which options of a command, or why not.
    """

    kind: str
    channel: int | None
    frames: int
    shape: tuple[int, ...]
    bin_width_ns: float | None
    period_ns: float | None
    counts: float | None
    brightest: float | None
    is_read: bool
    how: str


@dataclass(frozen=True)
class Contents:
    """What is in a file.

    Attributes
    ----------
    source : str
        The file.
    content : str
        What kind of file it is.
    entries : tuple of Entry
        In the order of the file.
    """

    source: str
    content: str
    entries: tuple[Entry, ...]


def contents(path: Path | str) -> Contents:
    """Return what is in a file of images, counted.

    Parameters
    ----------
    path : Path or str
        The file; formats in the table of `workloads.flim.data.reading`.

    Raises
    ------
    InputError
        If the file is missing, damaged or not what its suffix says.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.data.reading import contents
    >>> np.savez("decays.npz", counts=np.ones((2, 3, 100)))
    >>> entry = contents("decays.npz").entries[0]
    >>> entry.shape, entry.counts, entry.is_read, entry.how
    ((2, 3, 100), 600.0, True, '--bin-width NS')
    """
    path = Path(path)
    found = parts(path)
    channels = sum(part.channel is not None for part in found)
    entries = tuple(_entry(path, part, channels) for part in found)
    return Contents(str(path), format_of(path).content, entries)


def _entry(path: Path, part: Part, channels: int) -> Entry:
    known = width_ns_of(part)
    options = [f"--channel {part.channel}"] if channels > 1 else []
    if known is None:
        options.append("--bin-width NS")
    how, counts, brightest = " ".join(options), None, None
    if part.channel is None:
        how = part.refusal or "is no image of decays"
        if part.load is not None:
            with reading(path, damage=Exception):
                held = part.load(range(part.frames))
                counts = float(held.sum(dtype=float)) if held.dtype.kind in "uif" else None
    else:
        try:
            given = BIN_WIDTH_NS if known is None else None  # any: it is only counted
            image = image_of(path, part, range(part.frames), given)
        except InputError as error:
            how = str(error).removeprefix(f"{path}: ")
        else:
            pixels = image.counts.sum(axis=-1, dtype=float)
            counts, brightest = float(pixels.sum()), float(pixels.max())
    return Entry(
        part.kind,
        part.channel,
        part.frames,
        part.shape,
        _finite(known),
        _finite(part.period_ns),
        _finite(counts),
        brightest,
        is_read=brightest is not None,
        how=how,
    )


def _finite(value: float | None) -> float | None:
    """Return a number that any reader of JSON takes, which damaged files may not hold."""
    return value if value is not None and math.isfinite(value) else None
