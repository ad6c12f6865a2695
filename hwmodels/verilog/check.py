"""``make check-hardware``: simulates and synthesizes what is generated, and compares.

Prints a table and exits with 1 where a figure is not what the integer kernel or the cost model
says. Look-up tables, flip-flops and the clock have no model and are not compared.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from hwmodels import devices
from hwmodels.verilog import configurations as given
from hwmodels.verilog.check_blocks import (
    check_activations,
    check_element_wise,
    check_memory,
    check_multiplier,
    check_quantize,
    check_unit,
)
from hwmodels.verilog.check_cells import check_cell
from hwmodels.verilog.finding import BITS, CYCLES, DSP, RAM, Finding
from hwmodels.verilog.tools import missing_tools, versions

Job = Callable[[], list[Finding]]


def jobs() -> list[Job]:
    """Return every check; the longest first, so that none is left alone at the end."""
    device = devices.xc7k410t
    roles = (given.SETTING, given.CHECKING)
    return [
        *(partial(check_cell, cell, role, device) for role in roles for cell in given.CELLS[role]),
        *(partial(check_unit, unit, role, device) for role in roles for unit in given.UNITS[role]),
        *(
            partial(check_memory, *memory, role, device)
            for role in roles
            for memory in given.MEMORIES[role]
        ),
        *(
            partial(check_multiplier, *factors, role, device)
            for role in roles
            for factors in given.MULTIPLIERS[role]
        ),
        *(partial(check_element_wise, a, role) for role in roles for a in given.ELEMENT_WISE[role]),
        *(partial(check_activations, a) for a in given.ARITHMETICS),
        *(partial(check_quantize, *point) for point in given.FORMATS),
    ]


def main() -> int:
    """Run all checks; return 0 if every figure is right, 1 if not, 2 if a tool is missing."""
    missing = missing_tools()
    if missing:
        print(
            f"error: not found: {', '.join(missing)}; see docs/background/verilog.md",
            file=sys.stderr,
        )
        return 2
    started = time.monotonic()
    todo = jobs()
    findings: list[Finding] = []
    console = Console(width=160)
    with (
        Progress(console=Console(stderr=True), transient=True) as progress,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        done = progress.add_task("simulating and synthesizing", total=len(todo))
        try:
            for found in pool.map(lambda job: job(), todo):
                findings += found
                progress.advance(done)
        except BaseException:  # an interrupt too ends what waits, after what runs
            pool.shutdown(cancel_futures=True)
            raise
    console.print(table(findings))
    for line in summary(findings, versions(), time.monotonic() - started):
        console.print(line, highlight=False, markup=False)
    return 0 if all(finding.right for finding in findings) else 1


def table(findings: list[Finding]) -> Table:
    """Return a row a configuration: what is expected, and what was measured where it differs."""
    shown = Table(title="kernel or cost model, and != what was measured where it differs")
    shown.add_column("configuration")
    shown.add_column("role")
    for what in (BITS, CYCLES, DSP, RAM):
        shown.add_column(what, justify="right")
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for finding in findings:
        text = finding.expected if finding.right else f"{finding.expected} != {finding.measured}"
        rows.setdefault((finding.configuration, finding.role), {})[finding.what] = text
    for (configuration, role), texts in rows.items():
        cells = [texts.get(what, "") for what in (BITS, CYCLES, DSP, RAM)]
        shown.add_row(configuration, role, *cells)
    return shown


def summary(findings: list[Finding], tools: list[str], seconds: float) -> list[str]:
    """Return the lines below the table."""
    lines = [f"tools: {'; '.join(tools)}"]
    for role in (given.SETTING, given.CHECKING):
        lines.append(
            f"{role} constants: {len(given.CELLS[role])} GRU cells, {len(given.UNITS[role])} "
            f"matrix-vector units, {len(given.MULTIPLIERS[role])} multipliers, "
            f"{len(given.MEMORIES[role])} memories, {len(given.ELEMENT_WISE[role])} element-wise "
            "pipelines"
        )
    wrong = [finding for finding in findings if not finding.right]
    lines += [
        f"WRONG {f.what} of {f.configuration}: expected {f.expected}, measured {f.measured}"
        for f in wrong
    ]
    lines.append("no model, nothing compared: look-up tables, flip-flops, clock period")
    lines.append(f"{len(findings) - len(wrong)} of {len(findings)} figures right, {seconds:.0f} s")
    return lines


if __name__ == "__main__":
    sys.exit(main())
