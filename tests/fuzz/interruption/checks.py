"""What must hold after an interruption, and when the same command has run to its end."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stomp_flim.cli.commands import INTERRUPTED
from tests.fuzz.interruption.cases import Case
from tests.fuzz.interruption.commands import INPUTS, Command, write_inputs
from tests.fuzz.interruption.process import Interruption, Run, execute, import_modules

OLD = b"of another run\n"
TEMPORARY = ".stomp-flim-"
MAY_LEAVE_TEMPORARY = (signal.SIGKILL, signal.SIGTERM)

_CANNOT = "cannot be (written|used as journal|used as output folder)"


class Subject:
    """A command, and what it leaves when nothing interrupts it.

    Parameters
    ----------
    command : Command
        It is run in folders below a temporary one.
    rehearsed : bool
        Whether it is run once before the runs whose time is taken, so that all is compiled.

    Attributes
    ----------
    runs : dict of str to Run
        For each start the run that nothing interrupts.
    """

    def __init__(self, command: Command, *, rehearsed: bool = False) -> None:
        self.command = command
        self.expected: dict[str, bytes] = {}
        self.entries: list[bytes] = []
        self.runs: dict[str, Run] = {}
        for start in ("new", *(("new",) if rehearsed else ()), "again"):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                self._prepare(folder, start)
                run = execute(command, folder)
                if run.status:
                    raise RuntimeError(f"{command.arguments}: status {run.status}: {run.err}")
                self.runs[start] = run
                import_modules(run.modules)
                self.expected = {path: (folder / path).read_bytes() for path in command.outputs}
                if command.journal:
                    self.entries = (folder / command.journal).read_bytes().splitlines(True)

    @property
    def largest(self) -> dict[str, int]:
        """For each start the bytes of the largest file that is written."""
        journal = sum(map(len, self.entries))
        again = max(map(len, self.expected.values()))
        return {"new": max(again, journal), "again": again}

    def findings(self, case: Case) -> tuple[Run, list[str]]:
        """Interrupt a run, run again, and return what came of the first and all that is wrong."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self._prepare(folder, case.start)
            first = execute(self.command, folder, case.what)
            found = [f"interrupted: {each}" for each in self._interrupted(folder, case, first)]
            kept = self._journal(folder)
            second = execute(self.command, folder)
            found += [f"run again: {each}" for each in self._complete(folder, kept, second)]
            return first, found

    def _prepare(self, folder: Path, start: str) -> None:
        write_inputs(folder)
        if start == "again":
            for path in self.command.outputs:
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(OLD)
            if self.command.journal:
                (folder / self.command.journal).write_bytes(b"".join(self.entries))

    def _interrupted(self, folder: Path, case: Case, run: Run) -> Iterator[str]:
        yield from _ending(case.what, run, self.command)
        for path, content in self.expected.items():
            before = OLD if case.start == "again" else None
            found = (folder / path).read_bytes() if (folder / path).exists() else None
            if found not in (before, content):
                yield f"{path} is neither the old file nor the new one: {found!r:.200}"
        whole = [line for line in self._journal(folder) if line.endswith(b"\n")]
        if whole != self.entries[: len(whole)]:
            yield f"the journal has other lines: {whole}"
        left = self._others(folder)
        if case.what.signal in MAY_LEAVE_TEMPORARY:
            left = [path for path in left if not Path(path).name.startswith(TEMPORARY)]
        if left:
            yield f"left over: {left}"

    def _complete(self, folder: Path, kept: list[bytes], run: Run) -> Iterator[str]:
        if run.status or "Traceback" in run.err:
            yield f"status {run.status}: {run.err}"
        for path, content in self.expected.items():
            if not (folder / path).exists() or (folder / path).read_bytes() != content:
                yield f"{path} is not as that of an undisturbed run"
        journal = self._journal(folder)
        if journal[: len(kept)] != kept and [*kept[:-1], kept[-1] + b"\n"] != journal[: len(kept)]:
            yield "what was in the journal has changed"
        if self.entries != [line for line in journal if _is_entry(line)]:
            yield f"points are missing in the journal, or were computed twice: {journal}"
        if left := self._others(folder):
            yield f"left over: {left}"

    def _journal(self, folder: Path) -> list[bytes]:
        path = folder / self.command.journal if self.command.journal else None
        return path.read_bytes().splitlines(True) if path and path.exists() else []

    def _others(self, folder: Path) -> list[str]:
        """Return the files that are neither inputs nor outputs."""
        known = {*INPUTS, *self.expected, self.command.journal}
        found = {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}
        return sorted(found - known)


def _is_entry(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _ending(what: Interruption, run: Run, command: Command) -> Iterator[str]:
    """Yield what is wrong with how a run has ended."""
    if run.left_over:
        yield "a process is left over"
    if "Traceback" in run.err:
        yield f"a traceback: {run.err}"
    said = [line for line in run.err.splitlines() if not re.match(r"after \d+ s  |note: ", line)]
    quicker = what.seconds is not None and run.status == 0
    if what.signal == signal.SIGINT:
        if run.status != INTERRUPTED and not quicker:
            yield f"status {run.status}, expected {INTERRUPTED}: {run.err}"
        elif run.status and len(said) != 1:
            yield f"expected one line: {run.err}"
    elif what.signal:
        if run.status != -what.signal and not quicker:
            yield f"status {run.status}, expected {-what.signal}: {run.err}"
    else:
        number = errno.ENOSPC if what.largest_file is None else errno.EFBIG
        named = _may_be_named(what, run, command)
        message = "|".join(map(re.escape, named))
        message = f"error: ({message}): {_CANNOT}: {os.strerror(number)}"
        if run.status != 2 or not re.fullmatch(message, "\n".join(said)):
            yield f"status {run.status}: {run.err!r}, expected 2 and {message}"


def _may_be_named(what: Interruption, run: Run, command: Command) -> list[str]:
    files = [*command.outputs, *filter(None, [command.journal])]
    if what.full_output:
        return ["standard output"]
    if run.refused is None:  # the system said it, of any file that is large
        return files
    path = run.refused[1]
    if not Path(path).name.startswith(TEMPORARY):
        return [path]
    return [file for file in files if Path(file).suffix == Path(path).suffix]
