"""Fuzzing of every reader: ``make fuzz``, or ``python -m tests.fuzz.harness --help``.

Mutants are made of files of our own writing. Each is read in a process of its own kind, which may
take 10 s of processor time and 2 GiB of memory for it; it must be read, or refused with an
`InputError` of one line. Anything else is a finding, and its file is kept. A mutant is the same for
the same reader, seed and number, so that a finding comes again with ``--only``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.mutators import mutant
from tests.fuzz.readers import readers

ROOT = Path(__file__).parents[2]
BATCH = 2000  # what a process that has imported everything is worth


def findings(name: str, seed: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield what came of each mutant: its number, its kind, and where it is a finding the place."""
    while first < last:
        command = [sys.executable, "-m", "tests.fuzz.worker", name, *map(str, (seed, first, last))]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
        ) as process:
            assert process.stdout is not None
            begun = None
            for line in process.stdout:
                said = json.loads(line)
                begun = said.get("begin", begun)
                if "end" in said:
                    first = said["end"] + 1
                    yield said
        if process.returncode:
            if begun is None or begun < first:
                raise RuntimeError(f"{' '.join(command)}: status {process.returncode}")
            first = begun + 1  # the system has ended it: too much time, or a crash of a library
            yield {"end": begun, "kind": "killed", "where": f"status {process.returncode}"}


def main() -> None:
    """Fuzz for some minutes and say what was found; the exit status is 1 where something was."""
    names = list(readers())
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz.harness")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--mutants", type=int, default=10**9, help="of each reader, at most")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--readers", nargs="*", choices=names, default=names)
    parser.add_argument("--only", type=int, help="this mutant alone, of the one reader named")
    parser.add_argument("--out", type=Path, default=Path("results/fuzz"))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    first, last = given.first, given.first + given.mutants
    if given.only is not None:
        first, last = given.only, given.only + 1
    end = time.monotonic() + 60 * given.minutes
    kinds: Counter[str] = Counter()
    places: Counter[str] = Counter()
    while first < last and time.monotonic() < end:
        for name in given.readers:
            for finding in findings(name, given.seed, first, min(last, first + BATCH)):
                kinds[finding["kind"]] += 1
                if finding["kind"] in ("read", "refused"):
                    continue
                place = f"{name}: {finding['kind']}: {finding['where']}"
                places[place] += 1
                if places[place] == 1:
                    _keep(name, given.seed, finding, given.out)
            if time.monotonic() > end:
                break
        first += BATCH
    print(f"{kinds.total():,} mutants: " + ", ".join(f"{n:,} {kind}" for kind, n in kinds.items()))
    for place, count in places.most_common():
        print(f"{count:6,} {place}")
    sys.exit(bool(places))


def _keep(name: str, seed: int, finding: dict[str, Any], folder: Path) -> None:
    reader = readers()[name]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{seed}-{finding['end']}{reader.suffix}"
    path.write_bytes(mutant(name, seed, finding["end"], reader.files))
    print(f"{path}: {finding['kind']}: {finding['where']}\n{finding.get('text', '')}", flush=True)


if __name__ == "__main__":
    main()
