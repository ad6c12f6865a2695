"""Two folders of results: which studies and tables both have, and what differs in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stomp_flim.cli.diff.studies import compare_studies, read_items
from stomp_flim.cli.diff.tables import Pair, TableDiff, compare_tables, read_table
from stomp_flim.cli.study.running import NAME
from stomp_flim.errors import InputError


@dataclass(frozen=True)
class FolderDiff:
    """What differs between two folders of results.

    Attributes
    ----------
    study : dict of str to Pair
        By key of the studies.
    tables : list of TableDiff
        One for each name that both have.
    only : Pair of list of str
        Names of studies and tables that only one of them has.
    """

    study: Mapping[str, Pair]
    tables: list[TableDiff]
    only: Pair

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.study or self.only.a or self.only.b) and all(t.equal for t in self.tables)


def compare_folders(a: Path, b: Path) -> FolderDiff:
    """Compare the studies and the tables of two folders.

    Raises
    ------
    InputError
        If one of them holds neither, or a file cannot be read.
    """
    names_a, names_b = _names(a), _names(b)
    study = {}
    if NAME in names_a and NAME in names_b:
        study = compare_studies(read_items(a / NAME), read_items(b / NAME))
    return FolderDiff(
        study,
        [
            compare_tables(name, read_table(a / name), read_table(b / name))
            for name in names_a
            if name in names_b and name != NAME
        ],
        Pair(
            [name for name in names_a if name not in names_b],
            [name for name in names_b if name not in names_a],
        ),
    )


def _names(folder: Path) -> list[str]:
    found = [folder / NAME, *sorted(folder.glob("*.csv"))]
    names = [path.name for path in found if path.is_file()]
    if not names:
        raise InputError(f"{folder}: holds no {NAME} and no .csv, expected a folder of results")
    return names
