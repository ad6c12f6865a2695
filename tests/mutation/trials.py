"""The tests of a module against mutants of it, in a process of pytest."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase

from tests.mutation.exchange import forget, put
from tests.mutation.mutants import Mutant

PATIENCE = 4
"""Times as long as a test takes without a mutant, and two seconds, count as noticed."""

MEMORY = 4 * 2**30
"""Bytes that tests of a mutant may take."""


def outcomes(file: str, tests: Sequence[str], tried: Sequence[Mutant]) -> list[str | None] | str:
    """Return what noticed each mutant of a module, None if nothing did; or why nobody knows.

    Prints go nowhere: many processes do this at once.
    """
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    trials = _Trials(file, tried)
    options = ["-q", "--no-header", "-p", "no:cacheprovider", "-n", "0", "-s"]
    pytest.main([*options, *tests], plugins=[trials])
    return trials.unclear or trials.noticed


class _Trials:
    """A plug-in of pytest that runs the tests once for each mutant."""

    def __init__(self, file: str, tried: Sequence[Mutant]) -> None:
        self.name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.tried = tried
        self.noticed: list[str | None] = []
        self.unclear = "no test was collected"
        self.seconds: dict[Any, float] = {}
        self.kills: dict[str, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run what was collected, then against the module itself, and then against all mutants."""
        for item in session.items:
            _do_not_shrink(item)
            took = _seconds(item)
            if took is None:
                self.unclear = f"{item.nodeid} fails without a mutant"
                return True
            self.seconds[item] = took
        if session.testsfailed or not self.seconds:
            return True
        module = import_module(self.name)
        if failed := self._noticed(Path(str(module.__file__)).read_text(), module):
            self.unclear = f"{failed} where a mutant is the module itself"
            return True
        self.unclear = ""
        for mutant in self.tried:
            found = self._noticed(mutant.source, module)
            self.noticed.append(found)
            if found:
                self.kills[found] = self.kills.get(found, 0) + 1
        return True

    def _price(self, item: pytest.Item) -> float:
        return self.seconds[item] / (1 + self.kills.get(_of(item), 0))

    def _noticed(self, source: str, module: ModuleType) -> str | None:
        with tempfile.TemporaryFile("w+") as note:
            child = os.fork()
            if not child:
                self._try(source, module, note)
            status = os.waitpid(child, 0)[1]
            note.seek(0)
            return note.read() or ("does not end" if status else None)

    def _try(self, source: str, module: ModuleType, note: Any) -> None:
        """Run the tests in a process that ends here: first those that notice most in least time."""
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        try:
            put(source, module)
            forget()
            for item in sorted(self.seconds, key=self._price):
                limit = PATIENCE * self.seconds[item] + 2
                signal.setitimer(signal.ITIMER_PROF, limit)
                signal.setitimer(signal.ITIMER_REAL, 10 * limit + 20)  # for what waits for ever
                if _seconds(item) is None:
                    note.write(_of(item))
                    break
        except BaseException as error:
            note.write(f"{type(error).__name__} on import")
        note.flush()
        os._exit(0)


def _seconds(item: pytest.Item) -> float | None:
    """Run a test: how long it took, or None if it failed."""
    reports = runtestprotocol(item, log=False, nextitem=None)
    return None if any(r.failed for r in reports) else sum(r.duration for r in reports)


def _of(item: pytest.Item) -> str:
    return item.nodeid.rpartition("/")[2]


def _do_not_shrink(item: Any) -> None:
    """Let Hypothesis stop at the first example that fails; its settings have no public place."""
    settings = getattr(item.obj, "_hypothesis_internal_use_settings", None)
    if settings:
        phases = [Phase.explicit, Phase.generate]
        item.obj._hypothesis_internal_use_settings = type(settings)(
            settings, phases=phases, database=None, derandomize=True
        )
