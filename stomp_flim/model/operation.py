"""What a task computes, as far as the simulator needs to know: names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from stomp_flim.errors import InputError


@dataclass(frozen=True)
class Operation:
    """A value made of named values. Only an interpreter knows what it means.

    Parameters
    ----------
    name : str
        What is done, for example ``"add"``.
    operands : tuple of hashable
        Names of the values that the task reads when it starts.
    result : hashable
        Name of the value that it writes when it finishes.
    parameters : tuple of hashable
        Constants of the operation.
    """

    name: str
    operands: tuple[Hashable, ...]
    result: Hashable
    parameters: tuple[Hashable, ...] = ()


def checked_operations(
    operations: Sequence[Operation | None], task_names: Sequence[str], graph: str
) -> tuple[Operation, ...] | None:
    """Return the operations of all tasks of a graph, or None if no task has one.

    Raises
    ------
    InputError
        If a task has an operation and another has none, or two tasks write the same value.
    """
    known = tuple(operation for operation in operations if operation is not None)
    if not known:
        return None
    if len(known) < len(operations):
        task = operations.index(None)
        raise InputError(
            f"graph {graph!r}: task {task} ({task_names[task]!r}) has no operation, expected one "
            "for every task or for none"
        )
    writer: dict[Hashable, int] = {}
    for task, operation in enumerate(known):
        first = writer.setdefault(operation.result, task)
        if first != task:
            raise InputError(
                f"graph {graph!r}: value {operation.result!r} is written by task {first} "
                f"({task_names[first]!r}) and task {task} ({task_names[task]!r}), expected one "
                "writer"
            )
    return known
