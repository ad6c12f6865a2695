"""Which small faults no test notices: ``make mutants``, or those of some modules by parts of names.

The tests of a module are collected and run once, which also says how long each takes. Then every
mutant of the module (`mutants`) goes into a process of its own, forked from there, and meets the
tests until one fails. What survives is a fault that the tests would not notice, unless
``equivalent.txt`` has it: there it stands with the reason why nothing can tell it from the module
itself. Exit status 1 if any other survives. All of them, and what killed each, go to
``results/mutants.csv``.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from tests.mutation.equivalents import equivalents, name
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.subjects import SUBJECTS
from tests.mutation.trials import outcomes

RESULTS = Path("results/mutants.csv")
SAMPLE = 40
"""Mutants of a module, unless all are asked for."""


class Row(NamedTuple):
    """A line of the results."""

    module: str
    line: int
    function: str
    mutation: str
    noticed_by: str


def chosen(subject: str, take_all: bool) -> list[Mutant]:
    """Return the mutants of a subject by line, or a sample that only changes with the module."""
    file, _, functions = subject.partition(":")
    found = mutants(Path(file).read_text())
    if functions:
        found = [mutant for mutant in found if mutant.function in functions.split(",")]
    if take_all or len(found) <= SAMPLE:
        return found
    return sorted(random.Random(subject).sample(found, SAMPLE))


def rows(subject: str, found: list[Mutant], noticed: Mapping[Mutant, str | None]) -> list[Row]:
    """Return the rows of a subject; what was not tried is equivalent."""
    file = subject.partition(":")[0]
    return [
        Row(
            *(file, mutant.line, mutant.function, mutant.change),
            (noticed[mutant] or "SURVIVES") if mutant in noticed else "equivalent",
        )
        for mutant in found
    ]


def show(subject: str, of_subject: list[Row]) -> None:
    """Print how many were noticed, and which were not."""
    ends = [row.noticed_by for row in of_subject]
    survive, equivalent = ends.count("SURVIVES"), ends.count("equivalent")
    print(
        f"{subject}: {len(ends)} mutants, {len(ends) - survive - equivalent} killed, "
        f"{equivalent} equivalent, {survive} survive"
    )
    for row in of_subject:
        if row.noticed_by == "SURVIVES":
            print(f"  {row.module}:{row.line}: {row.function}: {row.mutation}")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Print what survives of some modules, and write what noticed each mutant."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("parts", nargs="*", help="parts of names of modules; default: all modules")
    parser.add_argument("--all", action="store_true", help=f"not only {SAMPLE} mutants a module")
    parser.add_argument("--processes", type=int, default=2, help="modules at a time")
    given = parser.parse_args(arguments)
    known = equivalents()
    subjects = [s for s in SUBJECTS if not given.parts or any(part in s for part in given.parts)]
    all_rows: list[Row] = []
    unclear = 0
    with ProcessPoolExecutor(
        given.processes, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        runs: dict[Future[list[str | None] | str], tuple[str, list[Mutant], list[Mutant]]] = {}
        for subject in subjects:
            file = subject.partition(":")[0]
            found = chosen(subject, given.all)
            tried = [m for m in found if name(file, m.function, m.change) not in known]
            runs[pool.submit(outcomes, file, SUBJECTS[subject], tried)] = subject, found, tried
        for run in as_completed(runs):
            (subject, found, tried), result = runs[run], run.result()
            if isinstance(result, str):
                print(f"{subject}: {result}", flush=True)
                unclear += 1
                continue
            of_subject = rows(subject, found, dict(zip(tried, result, strict=True)))
            show(subject, of_subject)
            all_rows = sorted(all_rows + of_subject)
            write(all_rows)
    print(f"{len(all_rows)} mutants: {RESULTS}")
    survive = any(row.noticed_by == "SURVIVES" for row in all_rows)
    return int(unclear > 0 or not all_rows or survive)


def write(all_rows: list[Row]) -> None:
    """Write the results so far."""
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(Row._fields)
        writer.writerows(all_rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
