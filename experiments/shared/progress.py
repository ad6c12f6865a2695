"""Progress on standard error: bars on a terminal, elsewhere a line every few seconds."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

SECONDS = 5.0
"""Between two lines: a log does not look hung, and an hour is not a flood."""


class Report(Protocol):
    """Takes how far a piece of work is: what it is called, how much is done of how much."""

    def __call__(self, work: str, done: float, total: float, note: str = "") -> None:
        """Show it; a note such as a loss stands behind."""


@contextmanager
def progress(stream: IO[str] | None = None, seconds: float = SECONDS) -> Iterator[Report]:
    """Yield what shows progress until the block is left.

    Parameters
    ----------
    stream : text stream, optional
        Where; standard error by default.
    seconds : float
        Between two lines where the stream is no terminal. Work that is over before the first of
        them is not worth one.
    """
    from rich.console import Console

    console = Console(file=stream or sys.stderr)
    with _bars(console) if console.is_terminal else _lines(console.file, seconds) as report:
        yield report


@contextmanager
def _bars(console: Console) -> Iterator[Report]:
    """Show a bar for each work, and none when all is over."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
        transient=True,
    )
    known: dict[str, TaskID] = {}

    def report(work: str, done: float, total: float, note: str = "") -> None:
        if work not in known:
            known[work] = bars.add_task(work, note=note)
        bars.update(known[work], completed=done, total=total, note=note)

    with bars:
        yield report


@contextmanager
def _lines(stream: IO[str], seconds: float) -> Iterator[Report]:
    """Write a line now and then, also while nothing is reported."""
    lines, ended = Lines(), threading.Event()

    def write() -> None:
        while not ended.wait(seconds):
            print(lines.next(), file=stream, flush=True)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield lines.report
    finally:
        ended.set()
        writer.join()


class Lines:
    """What there is to say of some works, a line whenever one is asked for."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._lock = threading.Lock()
        self._works: dict[str, tuple[float, float, str]] = {}

    def report(self, work: str, done: float, total: float, note: str = "") -> None:
        """Note how far a work is."""
        with self._lock:
            self._works[work] = done, total, note

    def next(self) -> str:
        """Return how far each work is; one that is complete is in no later line."""
        with self._lock:
            works = self._works
            self._works = {work: how for work, how in works.items() if how[0] < how[1]}
        parts = (
            f"{work}: {done:,.0f} of {total:,.0f} ({done / max(total, 1):.0%})"
            + f", {note}" * bool(note)
            for work, (done, total, note) in works.items()
        )
        return f"after {time.monotonic() - self._begin:.0f} s  {'; '.join(parts) or 'at work'}"
