"""Which small faults no test notices: ``make mutants``, or those of some files by parts of names.

The tests of a subject are collected and run once, which also says how long each takes. Then every
mutant of the subject's module (`mutants`) goes into a process of its own, forked from there, and
meets the tests from the quickest on until one fails. What survives is a fault that the tests would
not notice, unless ``equivalent.txt`` has it: there it stands with the reason why nothing can tell
it from the module itself. Exit status 1 if any other survives.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase
from mutants import Mutant, mutants

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BOUNDS, SCHEDULE = "tests/stomp_flim/bounds", "tests/stomp_flim/schedule"
COSTS = ["tests/hwmodels/costs"]
SUBJECTS = {
    "stomp_flim/bounds/head_tail.py": [f"{BOUNDS}/test_head_tail.py"],
    "stomp_flim/bounds/unavoidable.py": [f"{BOUNDS}/test_lower_bounds.py"],
    "stomp_flim/bounds/graham.py": [f"{BOUNDS}/test_guarantee.py"],
    "stomp_flim/bounds/start_count_model.py": [
        f"{BOUNDS}/test_start_counts.py",
        f"{BOUNDS}/test_exact.py",
    ],
    "stomp_flim/schedule/__init__.py": [
        f"{SCHEDULE}/test_schedule.py",
        f"{SCHEDULE}/test_storage.py",
    ],
    "stomp_flim/schedule/storage.py": [SCHEDULE],
    "hwmodels/costs/accelerator.py": COSTS,
    "hwmodels/costs/blocks.py": COSTS,
    "hwmodels/costs/network.py": COSTS,
    "hwmodels/costs/operation.py": COSTS,
    "hwmodels/costs/ram.py": COSTS,
    "hwmodels/costs/servers.py": COSTS,
    "workloads/flim/lifetimes/lifetimes.py": [
        "tests/workloads/flim/lifetimes/test_lifetimes.py",
    ],
}
PATIENCE = 4
"""Times as long as without a mutant counts as noticed: it does not end."""


def put(source: str, module: ModuleType) -> None:
    """Let the functions of a module, and its constants, be those of another source."""
    other = ModuleType(module.__name__)
    other.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(compile(source, str(module.__file__), "exec"), other.__dict__)
    for name, value in vars(other).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            old = vars(module)[name]
            for member, part in vars(value).items():
                _exchange(vars(old).get(member), part)
        elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
            _exchange(vars(module)[name], value)
        elif isinstance(value, int | float | str | tuple) and value != vars(module)[name]:
            old = vars(module)[name]
            users = [m for m in [*sys.modules.values()] if vars(m).get(name) is old]
            for user in users:
                setattr(user, name, value)


def _exchange(old: Any, new: Any) -> None:
    for one, other in zip(_functions(old), _functions(new), strict=True):
        if one.__code__.co_filename != "<string>":  # else made by a decorator: defaults count
            one.__code__ = other.__code__
        one.__defaults__ = other.__defaults__


def _functions(member: Any) -> Iterator[FunctionType]:
    match member:
        case FunctionType():
            yield member
        case classmethod() | staticmethod():
            yield from _functions(member.__func__)
        case property():
            yield from _functions(member.fget)
        case cached_property():
            yield from _functions(member.func)


class Mutation:
    """A plug-in of pytest that runs the tests once for each mutant."""

    def __init__(self, file: str, known: set[str]) -> None:
        self.file, self.known = file, known
        self.surviving: list[str] = []
        self.tried = 0
        self.tests: list[Any] = []
        self.patience = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run what was collected, and then all mutants."""
        for item in session.items:
            _do_not_shrink(item)
        begun = time.process_time()
        seconds = {item: self._failed(item) for item in session.items}
        broken = [item.nodeid for item, took in seconds.items() if took is None]
        if broken or session.testsfailed or not seconds:
            raise SystemExit(f"{self.file}: tests fail without a mutant: {broken}")
        self.patience = round(PATIENCE * (time.process_time() - begun)) + 2
        self.tests = sorted(seconds, key=lambda item: seconds[item] or 0.0)
        name = self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for mutant in mutants((ROOT / self.file).read_text()):
            if (text := f"{self.file}: {mutant.change}") not in self.known:
                self.tried += 1
                noticed = self._noticed(mutant, import_module(name))
                print(f"{self.file}:{mutant.line}: {mutant.change} | {noticed or 'SURVIVES'}")
                sys.stdout.flush()
                self.surviving += [] if noticed else [text]
        return True

    def _failed(self, item: pytest.Item) -> float | None:
        """Run a test: how long it took, or None if it failed."""
        reports = runtestprotocol(item, log=False, nextitem=None)
        return None if any(r.failed for r in reports) else sum(r.duration for r in reports)

    def _noticed(self, mutant: Mutant, module: ModuleType) -> str | None:
        with tempfile.TemporaryFile("w+") as note:
            child = os.fork()
            if not child:
                self._try(mutant, module, note)
            status = os.waitpid(child, 0)[1]
            note.seek(0)
            return note.read() or ("does not end" if status else None)

    def _try(self, mutant: Mutant, module: ModuleType, note: Any) -> None:
        """Run the tests in a process that ends here."""
        resource.setrlimit(resource.RLIMIT_CPU, (self.patience, self.patience))
        try:
            put(mutant.source, module)
            for item in self.tests:
                if self._failed(item) is None:
                    note.write(item.nodeid.rpartition("::")[2])
                    break
        except BaseException as error:
            note.write(f"{type(error).__name__} on import")
        note.flush()
        os._exit(0)


def _do_not_shrink(item: Any) -> None:
    """Let Hypothesis stop at the first example that fails; its settings have no public place."""
    settings = getattr(item.obj, "_hypothesis_internal_use_settings", None)
    if settings:
        phases = [Phase.explicit, Phase.generate]
        item.obj._hypothesis_internal_use_settings = type(settings)(
            settings, phases=phases, database=None, derandomize=True
        )


def main(parts: Sequence[str]) -> int:
    """Print what noticed each mutant of some files, and then what survives."""
    os.chdir(ROOT)
    lines = (HERE / "equivalent.txt").read_text().splitlines()
    known = {line for line in lines if line and not line.startswith((" ", "#"))}
    chosen = [file for file in SUBJECTS if not parts or any(part in file for part in parts)]
    if len(chosen) > 1:  # pytest runs once in a process
        runs = [subprocess.run([sys.executable, HERE, file], check=False) for file in chosen]
        return int(any(run.returncode for run in runs))
    mutation = Mutation(chosen[0], known)
    options = ["-q", "--no-header", "-p", "no:cacheprovider", "-n", "0", "-s"]
    pytest.main([*options, *SUBJECTS[chosen[0]]], plugins=[mutation])
    print(f"{mutation.file}: {mutation.tried} mutants, {len(mutation.surviving)} survive")
    print(*mutation.surviving, sep="\n")
    return int(not mutation.tried or bool(mutation.surviving))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
