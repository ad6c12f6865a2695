"""A journal of results: one line each, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stomp_flim.errors import InputError, system_reason
from stomp_flim.files import writing


class Journal:
    """An append-only file of JSON objects, one a line, each under a key.

    Parameters
    ----------
    path : Path
        Read if it exists. A line that is not whole, as a killed run may leave it, is no entry.

    Attributes
    ----------
    entries : dict of str to mapping
        The last entry of each key.

    Raises
    ------
    InputError
        If the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.entries: dict[str, Mapping[str, Any]] = {}
        self._path = path
        try:
            # without a buffer: closing has nothing left to write, and cannot fail for a full disk
            self._file = path.open("a+b", buffering=0)
            self._file.seek(0)
            text = self._file.read().decode("utf-8", errors="replace")
        except (OSError, MemoryError, ValueError) as error:
            reason = system_reason(error) or error
            raise InputError(f"{path}: cannot be used as journal: {reason}") from error
        for line in text.splitlines():
            self._read(line)
        self._at_line_start = text[-1:] in ("", "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with writing(self._path):
            self._file.close()

    def append(self, key: str, entry: Mapping[str, Any]) -> None:
        """Keep an entry; it is in the hands of the operating system when this returns.

        Raises
        ------
        InputError
            If it cannot be written. What was kept before stays.
        """
        line = json.dumps({"key": key, **entry}) + "\n"
        left = (line if self._at_line_start else "\n" + line).encode()
        self._at_line_start = False
        with writing(self._path):
            while left:  # a disk that is nearly full takes a part
                left = left[self._file.write(left) :]
        self._at_line_start = True
        self.entries[key] = entry

    def _read(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):  # a line that is cut off, or that no journal wrote
            return
        if isinstance(entry, dict) and "key" in entry:
            self.entries[str(entry.pop("key"))] = entry
