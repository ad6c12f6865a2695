"""Files of the command `infer`: which there are, and that none replaces another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from experiments.infer.outputs import figure, page, table, tiff
from stomp_flim.errors import InputError

SUFFIXES = {
    "out": (".npz",),
    "figure": figure.SUFFIXES,
    "difference": figure.SUFFIXES,
    "tiff": tiff.SUFFIXES,
    "table": table.SUFFIXES,
    "page": page.SUFFIXES,
}
"""Endings of the names of files, by kind."""


def checked(files: Mapping[str, Path | None], inputs: Iterable[Path | None]) -> dict[str, Path]:
    """Return the files that are wanted, if their names say what they are.

    Raises
    ------
    InputError
        If a suffix is none of its kind's, two files have one name, or an input would be replaced.
    """
    wanted = {kind: path for kind, path in files.items() if path is not None}
    for kind, path in wanted.items():
        if path.suffix.lower() not in SUFFIXES[kind]:
            raise InputError(
                f"{path}: suffix {path.suffix!r}, expected {' or '.join(SUFFIXES[kind])}"
            )
    places = {kind: path.resolve() for kind, path in wanted.items()}
    for given in inputs:
        if given is not None and given.resolve() in places.values():
            raise InputError(f"{given}: is an input and would be overwritten, name another output")
    if len(set(places.values())) < len(places):
        twice = next(
            p for kind, p in wanted.items() if list(places.values()).count(p.resolve()) > 1
        )
        raise InputError(f"{twice}: is named for two outputs, expected a name for each")
    return wanted


@dataclass(frozen=True)
class Wanted:
    """Which files are written, as the options of the command say it; None is not written."""

    out: Path
    figure: Path | None
    tiff: Path | None = None
    table: Path | None = None
    page: Path | None = None
    difference: Path | None = None

    def of(self, name: str) -> Wanted:
        """Return the files of one of several inputs, in the folder `out`.

        The other options then say which kinds are wanted, by their suffixes.
        """

        def beside(path: Path | None, ending: str = "") -> Path | None:
            if path is None:
                return None
            suffix = path.suffix or path.name  # as --table .csv
            return self.out / f"{name}{ending}{'.ome' if tiff.is_ome(path) else ''}{suffix}"

        return Wanted(
            self.out / f"{name}.npz",
            beside(self.figure),
            beside(self.tiff),
            beside(self.table),
            beside(self.page),
            beside(self.difference, "-difference"),
        )
