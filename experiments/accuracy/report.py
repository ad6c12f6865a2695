"""The accuracy experiment as tables, a page and a figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.accuracy.distillation import CONFIDENCE, gains
from experiments.accuracy.distillation import MEASURES as GAINED
from experiments.accuracy.published import MEASURES
from experiments.shared.markdown import markdown_table
from experiments.shared.output import csv

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
    yield from markdown_table(
        ["network", *LABELS.values(), "RMSE, all pixels", "R², all pixels"],
        (
            [row["network"], *(f"{row[m]:.4f}" for m in (*MEASURES, *POOLED))]
            for row in found["zoo"]
        ),
    )
    yield from ("", "## Distillation: Seq2SeqLite of 32 units, equal training", "")
    yield (
        f"From {found['pair_pixels']:,} labelled pixels; figures of held-out pixels. Lifetime: "
        f"median relative error of the mean lifetime at 1,000 photons."
    )
    yield ""
    yield from markdown_table(
        ["seed", "bits", "teacher", "RMSE", "R²", "RMSE, 3 outputs", "R², 3 outputs", "lifetime"],
        (
            [str(row["seed"]), str(row["bits"]), "yes" if row["distilled"] else "no"]
            + [f"{row[m]:.5f}" for m in ("rmse", "r2", "rmse_components", "r2_components")]
            + [f"{row['lifetime_error']:.1%}"]
            for row in found["distillation"]
        ),
    )
    yield ""
    yield (
        f"Gain: the error without less that with the teacher, mean over seeds, and its interval of "
        f"{CONFIDENCE:.0%} (Student's t of the differences); errors from the least to the largest "
        f"seed."
    )
    yield ""
    yield from markdown_table(
        ["bits", "error", "gain", "interval", "distillation", "without", "with the teacher"],
        (
            [str(each.bits), GAINED[each.measure], f"{each.gain:+.5f}"]
            + [f"{each.low:+.5f} to {each.high:+.5f}", each.verdict]
            + [f"{low:.5f} to {high:.5f}" for low, high in (each.without, each.taught)]
            for each in gains(found["distillation"])
        ),
    )
    yield from ("", "## Bits: the student of seed 0 with a teacher, trained on in integers", "")
    yield from markdown_table(
        ["arithmetic", "stored bits of a state", "RMSE", "1,000 photons", "10,000 photons"],
        (
            [row["arithmetic"], str(row["stored"]), f"{row['rmse']:.4f}"]
            + [f"{row[f'lifetime_error_{n}']:.1%}" for n in (1000, 10000)]
            for row in found["state_bits"]
        ),
    )
    for lifetimes, rows in _by_range(found["lifetimes"]).items():
        heading = f"## Mean lifetime, {lifetimes}: median relative error (bias) over photons"
        yield from ("", heading, "")
        numbers = sorted({row["photons"] for row in rows})
        cells: dict[str, dict[float, str]] = {}
        for row in rows:
            cell = f"{row['median_error']:.1%} ({row['bias']:+.1%})"
            cells.setdefault(row["method"], {})[row["photons"]] = cell
        yield from markdown_table(
            ["method", *(f"{number:,.0f}" for number in numbers)],
            (
                [method, *(of_method.get(n, "") for n in numbers)]
                for method, of_method in cells.items()
            ),
        )
    if "measured" in found:
        yield from ("", "## Measured image", "")
        yield from measured(found["measured"])
    yield ""


def summary(found: Mapping[str, Any], folder: Path) -> str:
    """Return what the command prints: the page and where the files are."""
    return "\n".join((*page(found), f"written   {folder / 'report.md'}"))


def figure(rows: list[dict[str, Any]]) -> Figure:
    """Draw the error of the mean lifetime over photons: a panel a range, a line a method."""
    from matplotlib.figure import Figure

    from stomp_flim.plots.style import paper_style
    from workloads.flim.plots.lifetime_error import lifetime_error

    ranges, methods = _by_range(rows), list(dict.fromkeys(row["method"] for row in rows))
    with paper_style():
        drawn = Figure(figsize=(3.6 * len(ranges) + 1.8, 3.4), layout="constrained")
        panels = drawn.subplots(1, len(ranges), sharey=True, squeeze=False)[0]
        for ax, (lifetimes, of_range) in zip(panels, ranges.items(), strict=True):
            lifetime_error(of_range, ax=ax, methods=methods)
            ax.set_title(f"Lifetimes of {lifetimes}")
            ax.label_outer()
        lines = {line.get_label(): line for ax in panels for line in ax.get_lines()}
        drawn.legend(lines.values(), lines.keys(), loc="outside right upper")
    return drawn


def _by_range(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["lifetimes"], []).append(row)
    return found


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    columns = list(dict.fromkeys(row["column"] for row in rows))
    lines: dict[tuple[int, str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        key = (row["bits"], row["variant"], row["measure"])
        lines.setdefault(key, {})[row["column"]] = row
    yield from markdown_table(
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


def measured(images: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines on measured images, as `experiments.accuracy.measured.compare` finds them."""
    for image in images:
        yield from _image_lines(image)
        yield ""


def _image_lines(found: Mapping[str, Any]) -> Iterator[str]:
    quartiles, spearman, total = found["quartiles_ns"], found["spearman"], found["sum_of_all"]
    yield (
        f"{found['image']}, {found['pixels']} bright pixels (binning {found['binning']}): "
        f"quartiles of the mean lifetime in ns, and Spearman's rank correlation with the methods "
        f"of the same numbers. The sum of all pixels has {total['tau1_ns']:.2f} ns "
        f"({total['fraction']:.0%}) and {total['tau2_ns']:.2f} ns."
    )
    yield ""
    numbers = [str(number) for number in range(1, len(quartiles) + 1)]
    yield from markdown_table(
        ["", "method", "quartiles", *numbers],
        (
            [number, method, ", ".join(f"{value:.2f}" for value in values)]
            + [f"{value:.2f}" for value in spearman[method].values()]
            for number, (method, values) in zip(numbers, quartiles.items(), strict=True)
        ),
    )


def _csv(rows: list[dict[str, Any]]) -> bytes:
    import pandas as pd

    return csv(pd.DataFrame(rows))
