"""Graphs written down as data flow: tasks say what they read, and the edges follow."""

from __future__ import annotations

from collections.abc import Hashable

from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.operation import Operation
from stomp_flim.model.task import Task
from stomp_flim.replay import Interpreter
from workloads.published.operations import Modes


class Dataflow:
    """A graph in the making, of tasks that are named like the one value that they write.

    Parameters
    ----------
    prefix : str
        Put before the names of tasks, not before those of operands.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self._tasks: dict[str, Task] = {}

    def section(self, prefix: str) -> Dataflow:
        """Return a view of the same graph that puts a further prefix before names."""
        section = Dataflow(self.prefix + prefix)
        section._tasks = self._tasks
        return section

    def add(
        self,
        name: str,
        modes: Modes,
        operation: str,
        *operands: str,
        parameters: tuple[Hashable, ...] = (),
    ) -> str:
        """Append a task that waits for the tasks that write its operands.

        Parameters
        ----------
        name : str
            Of the task, without the prefix.
        modes : modes
            How it can run.
        operation : str
            What it computes.
        *operands : str
            Values that it reads; what no task writes lies in memory before the first task.
        parameters : tuple
            Constants of the operation.

        Returns
        -------
        str
            Name of the value that it writes.
        """
        value = self.prefix + name
        if value in self._tasks:
            raise ValueError(f"task {value!r} is added twice")
        self._tasks[value] = Task(value, modes, Operation(operation, operands, value, parameters))
        return value

    def graph(self, name: str, interpreter: Interpreter, lanes: int) -> TaskGraph:
        """Return the graph of all tasks, numbered as they were added, in rows of so many values.

        An edge joins the writer of a value to each of its readers, and there is no other edge.
        """
        number = {value: index for index, value in enumerate(self._tasks)}
        edges = [
            (number[str(operand)], number[value])
            for value, task in self._tasks.items()
            if task.operation is not None
            for operand in task.operation.operands
            if operand in number
        ]
        return TaskGraph.from_tasks(self._tasks.values(), edges, name, interpreter, lanes)
