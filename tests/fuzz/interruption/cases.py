"""Interruptions of a command, spread over all that it does; the same for the same seed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.fuzz.interruption.events import TAKES_ROOM
from tests.fuzz.interruption.process import Interruption, Run

SIGNALS = (signal.SIGKILL,) * 3 + (signal.SIGTERM, signal.SIGINT)
STARTS = ("new", "again")
"""In an empty folder, or where all points are known and the files of another run lie."""


@dataclass(frozen=True)
class Case:
    """An interruption of a command, and what lies in the folder before."""

    start: str
    what: Interruption


def kills(number: int, by_time: float, runs: dict[str, Run], random: Random) -> Iterator[Case]:
    """Yield cases in which a signal comes.

    Parameters
    ----------
    number : int
        Of the cases.
    by_time : float
        Share of the signals that come after a time, the others at an event.
    runs : dict of str to Run
        For each start the run that nothing interrupts.
    random : Random
        Draws all else.
    """
    for index in range(number):
        start, number_of_signal = random.choice(STARTS), random.choice(SIGNALS)
        share = (index + random.random()) / number
        run = runs[start]
        if random.random() < by_time:
            yield Case(start, Interruption(number_of_signal, seconds=share * run.seconds))
        else:
            yield Case(start, Interruption(number_of_signal, event=int(share * len(run.events))))


def full_disks(
    number: int, runs: dict[str, Run], largest: dict[str, int], random: Random
) -> Iterator[Case]:
    """Yield cases in which there is no room any more; a fifth of them are the system's own doing.

    Parameters
    ----------
    number, runs, random
        As of `kills`.
    largest : dict of str to int
        For each start the bytes of the largest file that is written.
    """
    for index in range(number):
        start = random.choice(STARTS)
        if index % 10 == 9:
            yield Case(start, Interruption(full_output=True))
        elif index % 10 == 4:
            size = int(largest[start] * random.random() ** 2)
            yield Case(start, Interruption(largest_file=size))
        else:
            events = sum(kind in TAKES_ROOM for kind, _ in runs[start].events)
            at = int((index + random.random()) / number * events)
            yield Case(start, Interruption(event=at))
