"""Fuzzing of worlds: ``make fuzz-worlds``, or ``python -m tests.fuzz.worlds --help``.

A world is a combination of jobs, a platform, a policy and rules. In each of them both engines must
make the same schedule, column by column; it must be valid and beat no quick bound; and what is to
be refused must be refused by both with the same error. In the first world of one scene in fifty the
slow oracle, every registered policy and, where it is tiny, the exact optimum are asked too.

Blocks that are done are kept in a journal, and the next run goes on after them, unless engines,
policies or worlds have changed since. The exit status is 1 where something was found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.worlds.blocks import EVERY, Block, Journal, done_blocks
from tests.fuzz.worlds.comparison import examine
from tests.fuzz.worlds.reproducer import as_program
from tests.fuzz.worlds.scenes import scene
from tests.fuzz.worlds.thorough import look_further

SCENES = 200
"""Of a block."""


def main() -> None:
    """Look at worlds until there are as many as asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        prog="python -m tests.fuzz.worlds",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--worlds", type=int, default=1_000_000, help="in all, those done before too"
    )
    parser.add_argument("--first", type=int, default=0, help="seed of the first scene")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="SEED", help="this scene alone, with a program")
    parser.add_argument("--out", type=Path, default=Path("results/fuzz"))
    given = parser.parse_args()
    if given.only is not None:
        sys.exit(_only(given.only))
    journal = Journal(given.out)
    begun, before = time.monotonic(), _worlds(journal.blocks)
    print(f"{journal.path}: {before:,} worlds of {given.worlds:,} are done", flush=True)
    blocks = blocks_to_do(given.first, journal.blocks)
    if before < given.worlds:
        for block in done_blocks(blocks, given.processes):
            journal.add(block)
            for seed, finding in block.findings:
                print(f"scene {seed}: {finding}\nagain with --only {seed}", flush=True)
            done = _worlds(journal.blocks)
            rate = (done - before) / (time.monotonic() - begun)
            found = sum(len(block.findings) for block in journal.blocks)
            print(f"{done:,} worlds, {found:,} findings, {rate:,.0f} worlds/s", flush=True)
            if done >= given.worlds:
                break
    sys.exit(_summary(journal.blocks))


def _worlds(blocks: list[Block]) -> int:
    return sum(block.worlds for block in blocks)


def blocks_to_do(first: int, done: list[Block]) -> Iterator[tuple[int, int]]:
    """Yield the blocks from a seed on that are not done."""
    seeds = {seed for block in done for seed in range(block.first, block.end)}
    while True:
        left = [seed for seed in range(first, first + SCENES) if seed not in seeds]
        if len(left) == SCENES:
            yield first, first + SCENES
        else:
            yield from ((seed, seed + 1) for seed in left)
        first += SCENES


def _only(seed: int) -> int:
    """Examine a scene, and print a program for each of its worlds in which something is found."""
    drawn = scene(seed)
    outcome = examine(drawn, look_further if seed % EVERY == 0 else None)
    for rules in drawn.rules:
        found = [finding for finding in outcome.findings if finding.startswith(f"{rules}\n")]
        if found:
            print(*found, as_program(drawn, rules), sep="\n")
    print(dict(outcome.kinds), f"{len(outcome.findings)} findings")
    return bool(outcome.findings)


def _summary(blocks: list[Block]) -> int:
    kinds: Counter[str] = Counter()
    for block in blocks:
        kinds.update(block.kinds)
    scenes = sum(block.end - block.first for block in blocks)
    print(f"{kinds.total():,} worlds of {scenes:,} scenes were as they must be:")
    for kind, worlds in kinds.most_common():
        print(f"{worlds:12,} {kind}")
    findings = [finding for block in blocks for finding in block.findings]
    print(f"{len(findings):12,} findings, in the scenes {sorted({seed for seed, _ in findings})}")
    return bool(findings)


if __name__ == "__main__":
    main()
