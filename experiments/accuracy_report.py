"""The accuracy experiment as tables, a page and a figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.accuracy_published import MEASURES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS = {"rmse": "RMSE", "r2": "R²", "l2": "L2 norm", "dtw": "DTW"}
POOLED = ("pooled_rmse", "pooled_r2")
HEADINGS = {
    1: "Table 1: Seq2Seq in real numbers",
    2: "Table 2: Seq2Seq after post-training quantization",
    3: "Table 3: Seq2SeqLite with quantization-aware training",
}


def files(found: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the tables as CSV and the page as Markdown, by file name."""
    return {
        "tables.csv": _csv(found["tables"]),
        "lifetimes.csv": _csv(found["lifetimes"]),
        "report.md": "\n".join(page(found)).encode(),
    }


def page(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# Accuracy"
    yield ""
    yield (
        f"Full decays of {found['pixels']} synthetic test pixels in digits, mean over pixels "
        f"(deviation); under it the figure of arXiv 2410.00948, whose test data is measured and "
        f"not public. Preset {found['preset']}: {found['table_steps']} steps in real numbers, and "
        f"as many in integers, for every network of the tables."
    )
    for table, heading in HEADINGS.items():
        yield from ("", f"## {heading}", "")
        yield from _table([row for row in found["tables"] if row["table"] == table])
    yield from ("", "## Networks of the zoo on the same pixels, integer kernel", "")
    yield from _markdown(
        ["network", *LABELS.values(), "RMSE, all pixels", "R², all pixels"],
        (
            [row["network"], *(f"{row[m]:.4f}" for m in (*MEASURES, *POOLED))]
            for row in found["zoo"]
        ),
    )
    yield from ("", "## Distillation: 8-bit Seq2SeqLite of 32 units, equal training", "")
    yield f"From {found['pair_pixels']:,} labelled pixels; held-out pixels."
    yield ""
    yield from _markdown(
        ["seed", "teacher", "RMSE", "R²", "RMSE, 3 outputs", "R², 3 outputs"],
        (
            [str(row["seed"]), "yes" if row["distilled"] else "no"]
            + [f"{row[m]:.5f}" for m in ("rmse", "r2", "rmse_components", "r2_components")]
            for row in found["distillation"]
        ),
    )
    yield from ("", "## Mean lifetime: median relative error (bias) over photons", "")
    numbers = list(dict.fromkeys(row["photons"] for row in found["lifetimes"]))
    cells: dict[str, list[str]] = {}
    for row in found["lifetimes"]:
        cell = f"{row['median_error']:.1%} ({row['bias']:+.1%})"
        cells.setdefault(row["method"], []).append(cell)
    yield from _markdown(
        ["method", *(f"{number:,.0f}" for number in numbers)],
        ([method, *values] for method, values in cells.items()),
    )
    if "measured" in found:
        yield from ("", "## Measured image", "")
        yield from _measured(found["measured"])
    yield ""


def summary(found: Mapping[str, Any], folder: Path) -> str:
    """Return what the command prints: the page and where the files are."""
    return "\n".join((*page(found), f"written   {folder / 'report.md'}"))


def figure(rows: list[dict[str, Any]]) -> Figure:
    """Draw the error of the mean lifetime over photons, a line a method."""
    from matplotlib.figure import Figure

    from stomp_flim.plots.lifetime_error import lifetime_error

    drawn = Figure(figsize=(6.4, 4.2))
    lifetime_error(rows, ax=drawn.add_subplot())
    return drawn


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    columns = list(dict.fromkeys(row["column"] for row in rows))
    lines: dict[tuple[int, str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        key = (row["bits"], row["variant"], row["measure"])
        lines.setdefault(key, {})[row["column"]] = row
    yield from _markdown(
        ["bits", "variant", "measure", *columns],
        (
            [str(bits), variant, LABELS[measure]]
            + [
                f"{cells[c]['mean']:.3f} ({cells[c]['deviation']:.3f})<br>{cells[c]['published']:g}"
                for c in columns
            ]
            for (bits, variant, measure), cells in lines.items()
        ),
    )


def _measured(found: Mapping[str, Any]) -> Iterator[str]:
    network, squares = found["network_ns"], found["least_squares_ns"]
    total = found["sum_of_all"]
    yield (
        f"{found['image']}: over {found['pixels']} bright pixels, Spearman's rank correlation of "
        f"{found['network']} with least squares is {found['spearman']:.2f}. Quartiles of the mean "
        f"lifetime: {network[0]:.2f}, {network[1]:.2f}, {network[2]:.2f} ns (network), "
        f"{squares[0]:.2f}, {squares[1]:.2f}, {squares[2]:.2f} ns (least squares). The sum of all "
        f"pixels has {total['tau1_ns']:.2f} ns ({total['fraction']:.0%}) and "
        f"{total['tau2_ns']:.2f} ns."
    )


def _markdown(header: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _csv(rows: list[dict[str, Any]]) -> bytes:
    import pandas as pd

    return pd.DataFrame(rows).to_csv(index=False).encode()
