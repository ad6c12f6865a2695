"""What the pages on decompositions conclude from their tables."""

from __future__ import annotations

import pages

DEFECTS = pages.table("decomposition.md", "graph | steps")
ARITHMETICS = pages.table("replay.md", "stage | steps")


def change(graph: str, steps: int, column: str) -> float:
    """Return by how many per cent the right graph takes longer than the published one."""
    published, right = (
        int(row[DEFECTS[0].index(column)]) for row in DEFECTS if row[:2] == [graph, str(steps)]
    )
    return 100 * (right / published - 1)


def test_what_the_defects_change() -> None:
    """Encoders of several steps, and both decoders at 64 pixels."""
    page = pages.words("decomposition.md")
    columns = [name for name in DEFECTS[0] if name.lower().startswith("fifo")]
    encoders = {(row[0], int(row[1])) for row in DEFECTS[1:] if "encoder" in row[0]}
    assert {0.0} == {change(*e, column) for e in encoders if e[1] == 1 for column in columns}
    several = {(*e, c): change(*e, c) for e in encoders if e[1] > 1 for c in columns}
    worst = max(several, key=several.__getitem__)
    assert ("seq2seq encoder", 4, columns[1]) == worst
    assert f"up to {several[worst]:.0f}% longer (Seq2Seq, 4 steps, 8 pixels)" in page
    lite, full = (change(f"{m} decoder", 1, columns[2]) for m in ("seq2seqlite", "seq2seq"))
    assert f"takes {lite:.0f}% longer than published at 64 pixels" in page
    assert f"takes {-full:.0f}% less than published at 64 pixels" in page


def test_what_the_arithmetic_changes() -> None:
    """One pixel, and adds in pairs in place of a row."""
    page, heading = pages.words("replay.md"), ARITHMETICS[0]
    one, many = heading.index("fifo, 1 px"), heading.index("hlfet, 64 px")
    groups = [ARITHMETICS[i : i + 3] for i in range(1, len(ARITHMETICS), 3)]
    less = [100 * (1 - int(serial[one]) / int(topology[one])) for topology, serial, _ in groups]
    assert f"takes {min(less):.0f} to {max(less):.0f}% less than in the published topology" in page
    networks = [group for group in groups if group[0][0] != "postprocess"]
    assert all(int(tree[one]) <= int(serial[one]) / 2 for _, serial, tree in networks)
    moved = max(abs(int(tree[many]) / int(serial[many]) - 1) for _, serial, tree in networks)
    assert f"they change {100 * moved:.0f}% at most" in page
