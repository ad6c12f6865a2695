"""Stacks of counts in TIFF files, read only where the file holds what its pages announce.

A damaged file is not always one that cannot be read: pages whose chain leads back to an earlier one
are read for ever, and strips or tiles that are announced and not there are made up one by one. Both
are found first.
"""

from __future__ import annotations

import logging
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.interchange.numpy_files import MOST_BYTES


def read_stack(path: Path) -> tuple[npt.NDArray[Any], str]:
    """Return the array of the one series of a file, and its axes as tifffile names them.

    Raises
    ------
    InputError
        If there are several series, it is a colour image, or it is not whole.
    Exception
        Whatever tifffile raises at further damage.
    """
    import tifffile

    _require_chain(path)
    with _complaints(path), tifffile.TiffFile(path) as file:
        if len(file.series) != 1:
            raise InputError(f"{path}: {len(file.series)} image series, expected 1")
        series = file.series[0]
        if "S" in series.axes:
            raise InputError(f"{path}: a colour image ({series.axes}), expected a stack of counts")
        _require_segments(path, series)
        return series.asarray(), str(series.axes)


def _require_chain(path: Path) -> None:
    """Raise unless the pages, each of which says where the next one is, come to an end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        order = {b"II": "<", b"MM": ">"}.get(file.read(2), "<")

        def number(kind: str) -> int:
            (value,) = struct.unpack(order + kind, file.read(struct.calcsize(order + kind)))
            return int(value)

        is_big = number("H") == 43
        count, offset, entry = ("Q", "Q", 20) if is_big else ("H", "I", 12)
        file.seek(8 if is_big else 4)
        place, seen = number(offset), set[int]()
        while place:
            if place in seen or place >= size:
                raise InputError(
                    f"{path}: damaged or truncated: after page {len(seen) - 1} comes what stands "
                    f"at byte {place:,}, expected a page that was not read yet"
                )
            seen.add(place)
            file.seek(place)
            end = place + number(count) * entry
            if end >= size:
                raise InputError(f"{path}: damaged or truncated: page {len(seen) - 1} is cut off")
            file.seek(end + struct.calcsize(order + count))
            place = number(offset)


def _require_segments(path: Path, series: Any) -> None:
    if series.nbytes > MOST_BYTES:
        raise InputError(
            f"{path}: announces {series.nbytes:,} bytes, expected at most {MOST_BYTES:,}"
        )
    for number, page in enumerate(series.pages):
        announced = math.prod(page.keyframe.chunked) if page is not None else 0
        if page is not None and len(page.dataoffsets) < announced:
            raise InputError(
                f"{path}: damaged or truncated: page {number} announces {announced:,} strips or "
                f"tiles and has {len(page.dataoffsets):,}"
            )


@contextmanager
def _complaints(path: Path) -> Iterator[None]:
    """Raise what tifffile only logs: pages that are not there."""
    found: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger, listener = logging.getLogger("tifffile"), Listener(logging.WARNING)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagate
    damage = [text for text in found if "TiffPages" in text or "failed to reshape" in text]
    if damage:
        raise InputError(f"{path}: damaged or truncated: {damage[0]}")
