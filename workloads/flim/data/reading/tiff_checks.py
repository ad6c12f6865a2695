"""TIFF files that hold what their pages announce, and others found before they are read.

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

from stomp_flim.errors import InputError
from stomp_flim.interchange.numpy_files import MOST_BYTES


def require_chain(path: Path) -> None:
    """Raise unless the pages, each of which says where the next one is, come to an end.

    Raises
    ------
    InputError
        If they do not.
    """
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


def require_segments(path: Path, series: Any) -> None:
    """Raise unless all planes of a series are there, each with the strips or tiles of its size.

    Raises
    ------
    InputError
        If something is missing, or it would be more than can be read.
    """
    if series.nbytes > MOST_BYTES:
        raise InputError(
            f"{path}: announces {series.nbytes:,} bytes, expected at most {MOST_BYTES:,}"
        )
    missing = sum(page is None for page in series.pages)
    if missing:
        raise InputError(
            f"{path}: {missing} of {len(series.pages)} planes are missing, expected all of them"
        )
    for number, page in enumerate(series.pages):
        announced = math.prod(page.keyframe.chunked)
        if len(page.dataoffsets) < announced:
            raise InputError(
                f"{path}: damaged or truncated: page {number} announces {announced:,} strips or "
                f"tiles and has {len(page.dataoffsets):,}"
            )


@contextmanager
def complaints(path: Path) -> Iterator[None]:
    """Raise what tifffile only logs: pages that are not there.

    Raises
    ------
    InputError
        At the end, if something was logged.
    """
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
