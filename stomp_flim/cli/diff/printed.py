"""What `stomp-flim diff` prints for those who read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from stomp_flim.cli.diff.folders import FolderDiff
from stomp_flim.cli.diff.tables import Pair, TableDiff
from stomp_flim.cli.lists import print_rows

_MOST = 10
"""Rows that only one table has, printed for each."""


def print_diff(a: Path, b: Path, found: FolderDiff) -> None:
    """Print what differs between two folders: first the studies, then table by table."""
    print(f"A is {a}, B is {b}")
    for which, names in (("A", found.only.a), ("B", found.only.b)):
        if names:
            print(f"only in {which}: {', '.join(names)}")
    if found.study:
        print("\nstudy")
        rows = [{"key": k, "A": _said(p.a), "B": _said(p.b)} for k, p in found.study.items()]
        print_rows(rows, as_json=False)
    for table in found.tables:
        _print_table(table)
    if found.equal:
        print("\nno differences")


def _print_table(table: TableDiff) -> None:
    by = f" by {', '.join(table.keys)}" if table.keys else ""
    equal = table.paired - len(table.rows)
    print(f"\n{table.name}: {table.paired:,} rows paired{by}, {equal:,} of them equal")
    for which, columns, keys in (
        ("A", table.columns.a, table.only.a),
        ("B", table.columns.b, table.only.b),
    ):
        if columns:
            print(f"  only in {which}: columns {', '.join(columns)}")
        for key in keys[:_MOST]:
            print(f"  only in {which}: {', '.join(f'{name} {key[name]}' for name in key)}")
        if len(keys) > _MOST:
            print(f"  only in {which}: {len(keys) - _MOST:,} rows more, see --json")
    for column, pair in table.everywhere.items():
        ratio = "" if pair.ratio is None else f", B/A {_ratio(pair)}"
        a, b = _both(pair)
        print(f"  in all rows: {column} {a} in A, {b} in B{ratio}")
    if not table.rows:
        return
    for column in table.rows[0][1]:
        ratios = [cells[column].ratio for _, cells in table.rows]
        known = [ratio for ratio in ratios if ratio is not None]
        if known:
            low, middle, high = min(known), median(known), max(known)
            print(f"  {column}: B/A {low:.4g} to {high:.4g}, median {middle:.4g}")
    print_rows([_line(key, cells) for key, cells in table.rows], as_json=False)


def _line(key: Mapping[str, Any], cells: Mapping[str, Pair]) -> dict[str, Any]:
    line = dict(key)
    for column, pair in cells.items():
        line |= dict(zip((f"{column} A", f"{column} B"), _both(pair), strict=True))
        if pair.numbers:
            line[f"{column} B/A"] = _ratio(pair)
    return line


def _both(pair: Pair) -> tuple[str, str]:
    """Return both values, of numbers as many digits as tell them apart."""
    short = tuple(f"{x:.6g}" if isinstance(x, float) else str(x) for x in (pair.a, pair.b))
    if short[0] == short[1] and not pair.equal:
        return repr(pair.a), repr(pair.b)
    return short[0], short[1]


def _ratio(pair: Pair) -> str:
    """Format a ratio; only that of equal figures is 1."""
    if pair.ratio is None:
        return ""
    text = f"{pair.ratio:.4g}"
    return text if pair.equal or text != "1" else repr(pair.ratio)


def _said(value: Any) -> str:
    if value is None:
        return "not given"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
