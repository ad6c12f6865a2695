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
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.mutation.equivalents import equivalents, name
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.subjects import SUBJECTS
from tests.mutation.trials import outcomes

RESULTS = Path("results/mutants.csv")
SAMPLE = 40
"""Mutants of a module, unless all are asked for."""


def chosen(subject: str, take_all: bool) -> list[Mutant]:
    """Return the mutants of a subject by line, or a sample that only changes with the module."""
    file, _, functions = subject.partition(":")
    found = mutants(Path(file).read_text())
    if functions:
        found = [mutant for mutant in found if mutant.function in functions.split(",")]
    if take_all or len(found) <= SAMPLE:
        return found
    return sorted(random.Random(subject).sample(found, SAMPLE))


def main(arguments: Sequence[str]) -> int:
    """Print what survives of some modules, and write what noticed each mutant."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("parts", nargs="*", help="parts of names of modules; default: all modules")
    parser.add_argument("--all", action="store_true", help=f"not only {SAMPLE} mutants a module")
    parser.add_argument("--processes", type=int, default=2, help="modules at a time")
    given = parser.parse_args(arguments)
    known = equivalents()
    subjects = [s for s in SUBJECTS if not given.parts or any(part in s for part in given.parts)]
    rows: list[tuple[str, int, str, str, str]] = []
    unclear = 0
    with ProcessPoolExecutor(
        given.processes, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        runs = []
        for subject in subjects:
            file = subject.partition(":")[0]
            found = chosen(subject, given.all)
            tried = [m for m in found if name(file, m.function, m.change) not in known]
            run = pool.submit(outcomes, file, SUBJECTS[subject], tried)
            runs.append((subject, file, found, tried, run))
        for subject, file, found, tried, run in runs:
            result = run.result()
            if isinstance(result, str):
                print(f"{subject}: {result}")
                unclear += 1
                continue
            noticed = dict(zip(tried, result, strict=True))
            of_subject = [
                (
                    *(file, m.line, m.function, m.change),
                    (noticed[m] or "SURVIVES") if m in noticed else "equivalent",
                )
                for m in found
            ]
            rows += of_subject
            ends = [row[-1] for row in of_subject]
            survive, equivalent = ends.count("SURVIVES"), ends.count("equivalent")
            print(
                f"{subject}: {len(found)} mutants, {len(found) - survive - equivalent} killed, "
                f"{equivalent} equivalent, {survive} survive"
            )
            for row in of_subject:
                if row[-1] == "SURVIVES":
                    print(f"  {row[0]}:{row[1]}: {row[2]}: {row[3]}")
            sys.stdout.flush()
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["module", "line", "function", "mutation", "noticed by"])
        writer.writerows(rows)
    print(f"{len(rows)} mutants: {RESULTS}")
    return int(unclear > 0 or not rows or any(row[-1] == "SURVIVES" for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
