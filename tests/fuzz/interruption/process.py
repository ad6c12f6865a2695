"""A command in a process of its own that is forked from one which has imported what it needs.

So a run costs its own work only, and no kill is lost on imports, during which nothing is written.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stomp_flim.cli.app import main
from tests.fuzz.interruption.commands import Command
from tests.fuzz.interruption.events import Event, FullDisk, watch

PATIENCE = 600.0
"""Seconds after which a process that should have ended is one that was left over."""


@dataclass(frozen=True)
class Interruption:
    """What happens to a run; nothing by default.

    Attributes
    ----------
    signal : int
        Sent at an event or after a time.
    event : int, optional
        The number of the event, from 0, at which the signal comes or the disk is full.
    seconds : float, optional
        After which the signal comes.
    largest_file : int, optional
        Bytes that the system lets a file have, as a quota would.
    full_output : bool
        Whether standard output goes to a full disk.
    """

    signal: int = 0
    event: int | None = None
    seconds: float | None = None
    largest_file: int | None = None
    full_output: bool = False


@dataclass
class Run:
    """What came of a run: exit status, both outputs, events, the refused one, what was left."""

    status: int
    out: str
    err: str
    seconds: float
    events: list[Event] = field(default_factory=list)
    refused: Event | None = None
    left_over: bool = False
    modules: list[str] = field(default_factory=list)


def execute(command: Command, folder: Path, what: Interruption | None = None) -> Run:
    """Run a command in a folder to its end, or to that of its world."""
    what = what or Interruption()
    pipes = {name: os.pipe() for name in ("out", "err", "said")}
    process = multiprocessing.get_context("fork").Process(
        target=_command, args=(command, folder, what, pipes)
    )
    begun = time.monotonic()
    process.start()
    for _, write_end in pipes.values():
        os.close(write_end)
    os.read(pipes["said"][0], 1)  # it begins
    if what.seconds is not None:
        process.join(what.seconds)
        with suppress(ProcessLookupError):  # it was quicker
            if what.signal == signal.SIGINT:  # as of a terminal, for all that it has started
                os.killpg(process.pid, what.signal)
            elif process.is_alive():
                os.kill(process.pid, what.signal)
    ends = {name: read_end for name, (read_end, _) in pipes.items()}
    text, left_over = _read_all(ends, time.monotonic() + PATIENCE)
    if left_over:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.join()
    said = json.loads(text["said"] or "{}")
    seconds = time.monotonic() - begun
    return Run(process.exitcode, text["out"], text["err"], seconds, left_over=left_over, **said)


def import_modules(names: list[str]) -> None:
    """Import what a run has imported, so that the next ones have it."""
    for name in names:
        if not name.startswith("__"):
            with suppress(ImportError):
                importlib.import_module(name)


def _read_all(ends: dict[str, int], deadline: float) -> tuple[dict[str, str], bool]:
    """Read pipes until nobody can write into them: until the last process is gone."""
    content = dict.fromkeys(ends, b"")
    names = {end: name for name, end in ends.items()}
    while names and (left := deadline - time.monotonic()) > 0:
        for end in select.select(list(names), [], [], left)[0]:
            part = os.read(end, 65536)
            content[names[end]] += part
            if not part:
                del names[end]
    for end in ends.values():
        os.close(end)
    return {name: part.decode(errors="replace") for name, part in content.items()}, bool(names)


def _command(
    command: Command, folder: Path, what: Interruption, pipes: dict[str, tuple[int, int]]
) -> None:
    """Become the command."""
    os.setpgid(0, 0)
    os.chdir(folder)
    for read_end, _ in pipes.values():
        os.close(read_end)
    os.dup2(pipes["out"][1], 1)
    os.dup2(pipes["err"][1], 2)
    said = pipes["said"][1]
    if what.full_output:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", buffering=1, closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if what.largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (what.largest_file,) * 2)
    events: list[Event] = []
    full = FullDisk(what.event) if what.event is not None and not what.signal else None
    watch(full or _noting(events, what))
    sys.argv = ["stomp-flim", *command.arguments]
    modules = set(sys.modules)
    os.write(said, b" ")
    try:
        main()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        refused = full.refused if full else None
        about = {"events": events, "refused": refused, "modules": [*set(sys.modules) - modules]}
        os.write(said, json.dumps(about).encode())


def _noting(events: list[Event], what: Interruption) -> Callable[[Event], Any]:
    def note(event: Event) -> None:
        events.append(event)
        if len(events) - 1 == what.event:
            os.kill(os.getpid(), what.signal)

    return note
