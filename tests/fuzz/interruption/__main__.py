"""Interrupted commands: ``make fuzz-kills``, or ``python -m tests.fuzz.interruption --help``.

Each command is ended by a signal, or by a disk without room, at moments spread over all that it
does: before each file that it makes, in the middle of a write, between two points of a sweep, or
after a time. Then the same command is run to its end. At no moment may a file under its final name
be anything but the old one or the new one, whole; nothing may be left over in the end, and every
file must be as if nothing had happened, byte for byte. Points of a sweep that were finished are not
computed again, a full disk is one line that names the file, and no process outlives a run.

What may differ: the time that a run took, which `infer` prints and writes into no file, and a line
of a journal that was cut off. The exit status is 1 where something was found.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from importlib import import_module
from pkgutil import walk_packages
from random import Random

import experiments
from tests.fuzz.interruption.cases import Case, full_disks, kills
from tests.fuzz.interruption.checks import Subject
from tests.fuzz.interruption.commands import COMMANDS

REHEARSED = 10
"""Kills from which on it matters that none comes after a time that is too long."""


def main() -> None:
    """Interrupt commands and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        prog="python -m tests.fuzz.interruption",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--commands", nargs="*", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--kills", type=int, default=100, help="of each command")
    parser.add_argument("--full", type=int, default=10, help="full disks for each command")
    parser.add_argument("--by-time", type=float, default=0.3, help="share of the kills, 0 to 1")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this case alone")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    for module in walk_packages(experiments.__path__, "experiments."):
        import_module(module.name)
    sys.exit(sum(_findings(name, given) for name in given.commands) > 0)


def _findings(name: str, given: argparse.Namespace) -> int:
    """Interrupt a command and return the number of findings."""
    subject = Subject(COMMANDS[name], rehearsed=given.kills >= REHEARSED)
    random = Random(f"{name} {given.seed}")
    cases = [
        *kills(given.kills, given.by_time, subject.runs, random),
        *full_disks(given.full, subject.runs, subject.largest, random),
    ]
    kinds: Counter[str] = Counter()
    moments: Counter[str] = Counter()
    findings = 0
    for number, case in enumerate(cases):
        if given.only in (None, number):
            run, found = subject.findings(case)
            kinds[_kind(case, run.status)] += 1
            moments[_moment(case, subject)] += 1
            findings += len(found)
            for each in found:
                print(f"{name}, case {number} of seed {given.seed}, {case}: {each}", flush=True)
    print(
        f"{name}: {kinds.total()} interruptions, {findings} findings\n"
        f"  {_listed(kinds)}\n  {_listed(moments)}",
        flush=True,
    )
    return findings


def _kind(case: Case, status: int) -> str:
    if not case.what.signal:
        return "full disks"
    return "were quicker" if status == 0 else signal.Signals(case.what.signal).name


def _moment(case: Case, subject: Subject) -> str:
    what = case.what
    if what.event is None:
        return "after a time" if what.signal else "as the system said"
    events = subject.runs[case.start].events
    if what.signal:
        return f"at {events[what.event][0]}"
    return "from an event on"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in counts.most_common())


if __name__ == "__main__":
    main()
