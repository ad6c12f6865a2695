"""What a process changes on the disk, event by event; at one of them the world ends, or the disk.

An event is a file or folder that is made, a write into a file, a file renamed, changed or removed.
Only those in the working folder count, so that caches of libraries change nothing.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TAKES_ROOM = ("create", "write", "os.mkdir", "os.rename")
"""What a full disk refuses."""

_MAKES = os.O_CREAT | getattr(os, "O_TMPFILE", 0)

Event = tuple[str, str]
"""What happens, and to which path."""


def watch(at_event: Callable[[Event], None]) -> None:
    """Call a function before each event of this process from now on; it may raise, or not return.

    At a write it is called twice where more than one byte is written: before it and after half.
    """
    folder = os.path.realpath(Path.cwd())

    def told(kind: str, path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            whole = os.path.realpath(os.fsdecode(path))
            if whole.startswith(folder):
                at_event((kind, os.path.relpath(whole, folder)))

    def audit(kind: str, arguments: tuple[Any, ...]) -> None:
        if kind in ("os.mkdir", "os.rename", "os.remove", "os.chmod"):
            told(kind, arguments[0])
        elif kind == "open" and arguments[2] & _MAKES:
            told("create", arguments[0])

    class Watched(io.FileIO):
        def write(self, data: Any) -> int:
            whole = memoryview(data).cast("B")
            told("write", self.name)
            half = len(whole) // 2
            written = super().write(whole[: half or len(whole)])
            if half and written == half:
                try:
                    told("write", self.name)
                except OSError:
                    return half  # as the system says it; the rest meets the error
                written += super().write(whole[half:])
            return written

    def watched_open(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any):
        if not isinstance(file, str | bytes | os.PathLike) or not set(mode) & set("wax+"):
            return usual_open(file, mode, buffering, *rest, **named)
        raw = Watched(file, mode.translate({ord("b"): "", ord("t"): ""}), **_taken(named))
        if "b" in mode and buffering == 0:
            return raw
        buffer = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
        if "b" in mode:
            return buffer
        text = io.TextIOWrapper(buffer, *rest, **named)
        text.mode = mode
        return text

    usual_open = io.open
    io.open = builtins.open = watched_open
    sys.addaudithook(audit)


def _taken(named: dict[str, Any]) -> dict[str, Any]:
    """Take out what the innermost of a file's three layers is given."""
    return {key: named.pop(key) for key in ("closefd", "opener") if key in named}


class FullDisk:
    """From an event on there is no room; what is named by `refused` was refused first."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.refused: Event | None = None

    def __call__(self, event: Event) -> None:
        """Refuse what takes room."""
        if event[0] not in TAKES_ROOM:
            return
        self.left -= 1
        if self.left < 0:
            self.refused = self.refused or event
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
