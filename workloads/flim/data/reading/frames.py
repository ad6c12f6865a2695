"""Which frames of a file are meant: all in a sum, one, or a range."""

from __future__ import annotations

import re

from stomp_flim.errors import InputError, shown


def frame_range(frames: str | None, count: int, source: str) -> range:
    """Return the frames that a word of the command line names.

    Parameters
    ----------
    frames : str, optional
        ``"sum"`` or ``"all"``, a number from 0, or a range as ``"2:10"``, whose end is not included
        and whose start and end may be left out. Default: all.
    count : int
        Frames of the file.
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If it names no frame of the file.

    Examples
    --------
    >>> from workloads.flim.data.reading.frames import frame_range
    >>> frame_range("2:", 5, "a.ptu"), frame_range("3", 5, "a.ptu")
    (range(2, 5), range(3, 4))
    """
    if frames in (None, "sum", "all"):
        return range(count)
    named = re.fullmatch(r"(\d{0,9})(:?)(\d{0,9})", str(frames), re.ASCII)
    if named and (named[1] or named[2]):
        first = int(named[1] or 0)
        end = int(named[3] or count) if named[2] else first + 1
        if first < end <= count:
            return range(first, end)
    raise InputError(
        f"{source}: frames {shown(frames)}, expected 'sum', a number from 0 to {count - 1}, or a "
        f"range up to '0:{count}'"
    )
