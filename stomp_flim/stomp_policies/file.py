"""Files with policies written for STOMP."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from stomp_flim.errors import InputError
from stomp_flim.policy.loading import load_file
from stomp_flim.stomp_policies.objects import BaseSchedulingPolicy
from stomp_flim.stomp_policies.server import Server
from stomp_flim.stomp_policies.task import Task

_FURTHER = (
    ("dags_dropped", "drop_hint_list", "stomp_obj"),
    ("dags_dropped", "stomp_obj"),
    ("dags_dropped",),
    (),
)
_METHODS = ("init", "assign_task_to_server", "remove_task_from_server", "output_final_stats")


class StompFile(NamedTuple):
    """A file with a policy.

    Attributes
    ----------
    path : Path
        As given.
    policy : type
        Its class ``SchedulingPolicy``.
    further : tuple of str
        What ``assign_task_to_server`` takes after the cycle and the queue. STOMP's versions differ:
        nothing, the dropped jobs, also STOMP itself, or before it, or in its place, the jobs to be
        dropped and the number of critical tasks.
    """

    path: Path
    policy: Any
    further: tuple[str, ...]


def read_policy(path: Path) -> StompFile:
    """Import a file as STOMP does, with a module ``stomp`` that exists only meanwhile.

    Raises
    ------
    InputError
        If the file does not exist or cannot be imported, or its class ``SchedulingPolicy`` is
        missing or not what STOMP expects; the message names the line.
    """
    with _module_stomp(), redirect_stdout(sys.stderr):
        policy: Any = load_file(path, "SchedulingPolicy")
    if not isinstance(policy, type):
        raise InputError(f"{path}: SchedulingPolicy is {policy!r}, expected a class")
    methods = {name: getattr(policy, name, None) for name in _METHODS}
    for name, method in methods.items():
        if not inspect.isfunction(method):
            line = inspect.getsourcelines(policy)[1]
            raise InputError(
                f"{path}, line {line}: class SchedulingPolicy has no method {name!r}, expected "
                f"{', '.join(_METHODS)}"
            )
    return StompFile(path, policy, _further(path, methods["assign_task_to_server"]))


def _further(path: Path, method: Any) -> tuple[str, ...]:
    """Return what a policy is given besides the cycle and the queue, by its names in STOMP."""
    signature = inspect.signature(method)
    for names in _FURTHER:
        try:
            signature.bind(None, None, None, *names)
        except TypeError:
            continue
        counts = list(signature.parameters)[-1] == "num_critical_tasks"
        return (*names[:-1], "num_critical_tasks") if counts else names
    line = method.__code__.co_firstlineno
    raise InputError(
        f"{path}, line {line}: {method.__name__}{signature}, expected the arguments (self, "
        "sim_time, tasks) or (self, sim_time, tasks, dags_dropped, stomp_obj)"
    )


@contextmanager
def _module_stomp() -> Iterator[None]:
    """Let ``import stomp`` find the classes here, for this import alone."""
    module = ModuleType("stomp", "What policies of STOMP's import.")
    vars(module).update(BaseSchedulingPolicy=BaseSchedulingPolicy, Server=Server, Task=Task)
    before = sys.modules.get("stomp")
    sys.modules["stomp"] = module
    try:
        yield
    finally:
        if before is None:
            del sys.modules["stomp"]
        else:
            sys.modules["stomp"] = before
