"""Two tables of the same name: their rows in pairs, and what differs in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stomp_flim.files import reading

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Pair:
    """What differs in a cell, in a column or in a key: of the first and of the second."""

    a: Any
    b: Any

    @property
    def equal(self) -> bool:
        """Whether both are the same."""
        return bool(self.a == self.b)

    @property
    def numbers(self) -> bool:
        """Whether both are numbers."""
        return {type(self.a), type(self.b)} <= {int, float}

    @property
    def ratio(self) -> float | None:
        """The second over the first, where both are numbers and the first is not 0."""
        return self.b / self.a if self.numbers and self.a else None


@dataclass(frozen=True)
class TableDiff:
    """What differs between two tables.

    Attributes
    ----------
    name : str
        Of both files.
    keys : tuple of str
        Columns by which rows are paired.
    paired : int
        Rows that both have.
    everywhere : dict of str to Pair
        Columns that have one value in the first table and another one in the second.
    rows : list of (dict, dict of str to Pair)
        Of each pair of rows that differ: its key, and its cells by column, of the columns that
        differ in any row.
    only : Pair of list of dict
        Keys of rows that only one of them has.
    columns : Pair of list of str
        Columns that only one of them has.
    """

    name: str
    keys: tuple[str, ...]
    paired: int
    everywhere: Mapping[str, Pair]
    rows: list[tuple[dict[str, Any], dict[str, Pair]]]
    only: Pair = field(default_factory=lambda: Pair([], []))
    columns: Pair = field(default_factory=lambda: Pair([], []))

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        lists = (self.only, self.columns)
        return not (self.everywhere or self.rows or any(both.a or both.b for both in lists))


def read_table(path: Path) -> pd.DataFrame:
    """Read a table of results; what is empty in it is an empty text.

    Raises
    ------
    InputError
        If it cannot be read, or is no table.
    """
    import pandas as pd

    with reading(path, "a table in CSV", (pd.errors.ParserError, pd.errors.EmptyDataError)):
        return pd.read_csv(path, keep_default_na=False)


def compare_tables(name: str, a: pd.DataFrame, b: pd.DataFrame) -> TableDiff:
    """Pair the rows of two tables and compare them cell by cell.

    Rows are paired by the leading columns: as many as make every row of both tables unique, but for
    those that have a single value in each table. Equal keys are paired in their order.

    Parameters
    ----------
    name : str
        Of both.
    a, b : DataFrame
        As `read_table` returns them.
    """
    common = [column for column in a.columns if column in b.columns]
    single = [c for c in common if a[c].nunique() == 1 and b[c].nunique() == 1]
    everywhere = {c: Pair(_plain(a[c].iloc[0]), _plain(b[c].iloc[0])) for c in single}
    keys = _keys(a, b, [c for c in common if c not in single])
    rows_a, rows_b = (_by_key(table, keys, common) for table in (a, b))
    paired = {
        key: {c: Pair(*cells) for c, *cells in zip(common, rows_a[key], rows_b[key], strict=True)}
        for key in rows_a
        if key in rows_b
    }
    shown = [
        c for c in common if c not in single and any(not row[c].equal for row in paired.values())
    ]
    differing = [
        (_named(keys, key), {column: row[column] for column in shown})
        for key, row in paired.items()
        if not all(row[column].equal for column in shown)
    ]
    return TableDiff(
        name,
        tuple(keys),
        len(paired),
        {column: pair for column, pair in everywhere.items() if not pair.equal},
        differing,
        Pair(
            [_named(keys, key) for key in rows_a if key not in rows_b],
            [_named(keys, key) for key in rows_b if key not in rows_a],
        ),
        Pair([c for c in a.columns if c not in common], [c for c in b.columns if c not in common]),
    )


def _keys(a: pd.DataFrame, b: pd.DataFrame, columns: list[str]) -> list[str]:
    """Return the columns by which rows are paired, of those that have several values."""
    for leading in accumulate(([column] for column in columns), initial=[]):
        if not any(len(table) > 1 and _repeats(table, leading) for table in (a, b)):
            return leading
    return [c for c in columns if not any(table[c].dtype.kind == "f" for table in (a, b))]


def _repeats(table: pd.DataFrame, columns: list[str]) -> bool:
    return not columns or bool(table.duplicated(columns).any())


def _by_key(
    table: pd.DataFrame, keys: list[str], columns: list[str]
) -> dict[tuple[Any, ...], list[Any]]:
    """Return the cells of each row by its key and its number among those of the same key."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    seen: dict[tuple[Any, ...], int] = {}
    places = [columns.index(key) for key in keys]
    for row in table[columns].itertuples(index=False, name=None):
        cells = [_plain(cell) for cell in row]
        key = tuple(cells[place] for place in places)
        number = seen[key] = seen.get(key, -1) + 1
        found[*key, number] = cells
    return found


def _named(keys: list[str], key: tuple[Any, ...]) -> dict[str, Any]:
    """Return a key by its columns, with its number where it is not the first of its kind."""
    number = {"#": key[-1] + 1} if key[-1] else {}
    return dict(zip(keys, key[:-1], strict=True)) | number


def _plain(cell: Any) -> Any:
    """Return a cell as Python's own type; what is not a number as its text, which equals itself."""
    value = cell.item() if hasattr(cell, "item") else cell
    return str(value) if value != value else value
