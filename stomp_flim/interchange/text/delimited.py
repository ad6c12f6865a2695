"""Comma-separated text whose errors name the file, the line and the value."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Literal

from stomp_flim.errors import InputError, shown
from stomp_flim.files import reading, replacing

_DIGITS = 15  # JSON and spreadsheets hold these exactly, and sums of them stay in 64 bits
_END_OF_FILE = re.compile("\x1a[\x1a\\s]*\\Z")
_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{_DIGITS}}}")


@dataclass(frozen=True)
class Row:
    """One line of a file.

    Attributes
    ----------
    path : Path
        The file.
    line : int
        Line number, from 1.
    fields : tuple of str
        The values, as written.
    """

    path: Path
    line: int
    fields: tuple[str, ...]

    @property
    def place(self) -> str:
        """The file and the line, for messages."""
        return f"{self.path}, line {self.line}"

    def require_fields(self, header: Sequence[str]) -> None:
        """Raise an `InputError` unless there is one value for each column of `header`."""
        if len(self.fields) != len(header):
            raise InputError(
                f"{self.place}: {len(self.fields)} values, expected {len(header)} "
                f"({', '.join(header):.200})"
            )

    def integer(self, position: int, column: str, minimum: int, otherwise: str = "") -> int:
        """Return a value as an integer.

        Parameters
        ----------
        position : int
            Index of the value.
        column : str
            Name of the column, for messages.
        minimum : int
            The smallest value allowed.
        otherwise : str, optional
            What else the caller accepts there, for messages.

        Raises
        ------
        InputError
            If it is not an integer of at least `minimum` and at most 15 digits.
        """
        text = self.fields[position].strip()
        if _INTEGER.fullmatch(text) and int(text) >= minimum:
            return int(text)
        digits = f" of at most {_DIGITS} digits" if len(text) > _DIGITS else ""
        raise InputError(
            f"{self.place}: {column} is {shown(text)}, expected an integer >= {minimum}{digits}"
            f"{otherwise}"
        )


def read_text(path: Path, errors: Literal["strict", "replace"] = "strict") -> str:
    """Return the text of a UTF-8 file, with its line ends as written.

    Parameters
    ----------
    path : Path
        The file. The character by which DOS ends a file is none of its text.
    errors : {"strict", "replace"}
        What becomes of bytes that are not UTF-8: refused, or replaced where a format holds numbers
        and remarks alone, which may be in any encoding.

    Raises
    ------
    InputError
        If the file cannot be read, is not UTF-8 text or holds a NUL.
    """
    with reading(path):
        text = path.read_bytes().decode("utf-8-sig", errors)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}, line {line}: a NUL, expected text")
    return _END_OF_FILE.sub("", text)


def read_lines(path: Path) -> list[str]:
    """Return the lines of a file of numbers and remarks, whatever its line ends and encoding.

    Raises
    ------
    InputError
        If the file cannot be read or holds a NUL.
    """
    text = read_text(path, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_rows(path: Path, expected: str) -> tuple[Row, list[Row]]:
    """Return the header and the other rows of a file; blank lines are left out.

    Parameters
    ----------
    path : Path
        The file.
    expected : str
        What the file should hold, for the message about an empty one.

    Raises
    ------
    InputError
        If the file cannot be read, is not comma-separated text, or is empty.
    """
    # not str.splitlines, which also splits at characters that may stand in a name
    reader = csv.reader(StringIO(read_text(path), newline=""), strict=True)
    rows = []
    try:
        for line, fields in enumerate(reader, start=1):
            if reader.line_num > line:
                raise csv.Error("a value that goes on in the next line")
            if any(field.strip() for field in fields):
                rows.append(Row(path, line, tuple(fields)))
    except csv.Error as error:
        raise InputError(
            f"{path}, line {reader.line_num}: not comma-separated text: {error}"
        ) from error
    if not rows:
        raise InputError(f"{path}: empty, expected {expected}")
    return rows[0], rows[1:]


def write_rows(path: Path | str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a comma-separated file, whole or not at all.

    Raises
    ------
    InputError
        If a value has a line end, or the file cannot be written.
    """
    with (
        replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        for row in chain([header], rows):
            for value in row:
                if isinstance(value, str) and ("\n" in value or "\r" in value):
                    raise InputError(f"{path}: value {value!r}, expected no line end in it")
            writer.writerow(row)
