"""A journal of results: one line each, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stomp_flim.errors import InputError, system_reason


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
        try:
            self._file = path.open("a+", encoding="utf-8", errors="replace")
            self._file.seek(0)
            text = self._file.read()
        except (OSError, MemoryError, ValueError) as error:
            reason = system_reason(error) or error
            raise InputError(f"{path}: cannot be used as journal: {reason}") from error
        for line in text.splitlines():
            self._read(line)
        if text and not text.endswith("\n"):
            self._file.write("\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, key: str, entry: Mapping[str, Any]) -> None:
        """Keep an entry; it is in the hands of the operating system when this returns."""
        self._file.write(json.dumps({"key": key, **entry}) + "\n")
        self._file.flush()
        self.entries[key] = entry

    def _read(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):  # a line that is cut off, or that no journal wrote
            return
        if isinstance(entry, dict) and "key" in entry:
            self.entries[str(entry.pop("key"))] = entry
