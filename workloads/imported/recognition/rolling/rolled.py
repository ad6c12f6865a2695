"""A repetition as the body of a Scan, in the place of all its steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

import numpy as np

from workloads.imported.document import Document
from workloads.imported.execution import Execution
from workloads.imported.graph import Array, Graph, Info, Node
from workloads.imported.recognition.rolling.dataflow import Dataflow, dataflow, document_of
from workloads.imported.recognition.rolling.periods import Period, computes, periods

CLOSE = 1e-9
"""Difference of the outputs, of the largest value, up to which nothing has changed."""

MOST_LOOPS = 16
"""Repetitions of one model that are rolled up."""


Role = tuple[int, int]
"""A node of a step and one of its outputs."""

State = tuple[int, Role]
"""What a step reads from outside, and what the next one reads instead."""


class NotRolledError(Exception):
    """Steps that are no loop after all."""


def rolled(document: Document, inputs: dict[str, Array]) -> Document | None:
    """Return the model with loops in the place of repeated nodes, or None where there are none.

    What is returned gives the outputs of the model on these inputs.
    """
    flow = dataflow(document, inputs)
    if flow is None:
        return None
    expected = {info.name: flow.values[info.name] for info in document.graph.outputs}
    best = None
    for _ in range(MOST_LOOPS):
        for period in (p for whole in periods(flow) for p in _Rolling(flow, whole).parts()):
            try:
                changed = _Rolling(flow, period).result()
                made = document_of(document, changed)
                found = Execution(made).run(inputs)
            except (NotRolledError, ValueError):  # an InputError of the run among them
                continue
            if all(_close(expected[name], found[name]) for name in expected):
                flow, best = changed, made
                break
        else:
            return best
    return best


def _close(a: object, b: object) -> bool:
    one, other = np.asarray(a), np.asarray(b)
    return one.shape == other.shape and bool(
        np.abs(one - other).max(initial=0) <= CLOSE * max(1.0, np.abs(one).max(initial=0))
    )


@dataclass(eq=False)
class _Step:
    """One repetition: its nodes, those that move included, and what they read, one by one."""

    nodes: list[int]
    own: dict[str, int]
    external: list[str] = field(default_factory=list)
    body: list[int] = field(default_factory=list)


class _Rolling:
    def __init__(self, flow: Dataflow, period: Period) -> None:
        self.flow = flow
        self.producer = {
            name: i for i, node in enumerate(flow.nodes) for name in node.outputs if name
        }
        self.steps = [self._step(nodes) for nodes in period.steps]

    def _step(self, nodes: tuple[int, ...]) -> _Step:
        own = {name: i for i in nodes for name in self.flow.nodes[i].outputs}
        step = _Step(list(nodes), own)
        for i in nodes:
            for name in self.flow.nodes[i].inputs:
                self._resolve(name, step)
            step.body.append(i)
        return step

    def _resolve(self, name: str, step: _Step) -> None:
        """Note what an operand needs: moves of the step's own values belong to it."""
        if not name or name in step.own:
            return
        number = self.producer.get(name)
        if number is not None and self._touches(name, step):
            for operand in self.flow.nodes[number].inputs:
                self._resolve(operand, step)
            step.body.append(number)
            step.own |= dict.fromkeys(self.flow.nodes[number].outputs, number)
        elif not self.flow.fixed(name):
            step.external.append(name)

    def _touches(self, name: str, step: _Step) -> bool:
        """Return whether a moved value holds any that the step itself has made."""
        number = self.producer.get(name)
        if number is None or computes(self.flow.nodes[number]):
            return name in step.own
        return any(self._touches(operand, step) for operand in self.flow.nodes[number].inputs)

    def parts(self) -> Iterator[Period]:
        """Yield the beginnings of a step that end with a state, then the whole step.

        A step of several layers is that of one layer, and then of the others.
        """
        try:
            states, _ = self._boundary()
        except NotRolledError:
            return
        first = self.steps[0]
        ends = sorted(first.body[place] for _, (place, _) in states)
        for end in ends[:-1]:
            if end in first.nodes:
                size = first.nodes.index(end) + 1
                yield Period(tuple(tuple(step.nodes[:size]) for step in self.steps))
        yield Period(tuple(tuple(step.nodes) for step in self.steps))

    def result(self) -> Dataflow:
        """Return the nodes with a loop."""
        states, read = self._boundary()
        return self._rewritten(states, read, self.steps[1])

    def _boundary(self) -> tuple[list[State], list[int]]:
        """Return what steps hand on to the next, and what each reads from elsewhere."""
        first = self.steps[0]
        for step in self.steps:
            if len(step.external) != len(first.external) or len(step.body) != len(first.body):
                raise NotRolledError
        roles = self._roles()
        states, read = [], []
        slots: dict[str, int] = {}
        for place, name in enumerate(self.steps[1].external):
            slots.setdefault(name, place)  # what begins as zeros has one name in the first step
        for place in slots.values():
            names = [step.external[place] for step in self.steps]
            made = roles[0].get(names[1])
            if made is not None and all(
                roles[k].get(names[k + 1]) == made for k in range(len(self.steps) - 1)
            ):
                states.append((place, made))
            elif len(set(names)) > 1:
                read.append(place)
        if not states:
            raise NotRolledError
        return states, read

    def _roles(self) -> list[dict[str, Role]]:
        """Return, for each step, what its names are: the output of which of its nodes."""
        return [
            {
                name: (place, output)
                for place, number in enumerate(step.body)
                for output, name in enumerate(self.flow.nodes[number].outputs)
            }
            for step in self.steps
        ]

    def _rewritten(self, states: list[State], read: list[int], model: _Step) -> Dataflow:
        nodes, count = self.flow.nodes, len(self.steps)
        inside = {number for step in self.steps for number in step.body}
        outside = {n for i, node in enumerate(nodes) if i not in inside for n in node.inputs}
        roles = self._roles()
        exported = [
            role
            for name, role in roles[1].items()
            if any(self._name(step, role) in outside for step in self.steps)
        ]
        label = f"loop from {nodes[self.steps[0].nodes[0]].name}"
        stacked: list[Node] = []
        for place in read:
            parts = []
            for k, step in enumerate(self.steps):
                part = f"{label} part {place} {k}"
                stacked.append(
                    Node("Unsqueeze", part, (step.external[place], f"{label} zero"), (part,))
                )
                parts.append(part)
            whole = f"{label} sequence {place}"
            stacked.append(Node("Concat", whole, tuple(parts), (whole,), {"axis": 0}))
        body = self._body(states, read, model, exported)
        outputs = [f"{label} state {place}" for place, _ in states]
        outputs += [f"{label} collected {i}" for i in range(len(exported))]
        operands = [self.steps[0].external[place] for place, _ in states]
        operands += [f"{label} sequence {place}" for place in read]
        if read:
            more: dict[str, object] = {"body": body, "num_scan_inputs": len(read)}
            scan = Node("Scan", label, tuple(operands), tuple(outputs), more)
        else:
            bounds = (f"{label} steps", "")
            scan = Node("Loop", label, (*bounds, *operands), tuple(outputs), {"body": body})
        taken = [
            Node(
                "Gather", f"{label} {i} {k}", (f"{label} collected {i}", f"{label} step {k}"),
                (self._name(step, role),), {"axis": 0},
            )
            for i, role in enumerate(exported)
            for k, step in enumerate(self.steps)
        ]  # fmt: skip
        constants = dict(self.flow.constants)
        constants |= {f"{label} zero": np.array([0]), f"{label} steps": np.array(count)}
        constants |= {f"{label} step {k}": np.array(k) for k in range(count)}
        start = min(inside)
        before = [node for i, node in enumerate(nodes[:start]) if i not in inside]
        behind = [node for i, node in enumerate(nodes) if i > start and i not in inside]
        ordered = _ordered([*before, *stacked, scan, *taken, *behind])
        return Dataflow(ordered, constants, self.flow.values)

    def _name(self, step: _Step, role: Role) -> str:
        place, output = role
        return self.flow.nodes[step.body[place]].outputs[output]

    def _body(
        self,
        states: list[State],
        read: list[int],
        model: _Step,
        exported: list[Role],
    ) -> Graph:
        inputs = [model.external[place] for place, _ in states]
        inputs += [model.external[place] for place in read]
        outputs = [self._name(model, role) for _, role in states]
        named = [Node("Identity", f"{n} out", (n,), (f"{n} out",)) for n in outputs]
        collected = [self._name(model, role) for role in exported]
        nodes = tuple(replace(self.flow.nodes[i]) for i in model.body)
        infos = [*(f"{name} out" for name in outputs), *collected]
        if not read:
            inputs, infos = ["step", "goes on", *inputs], ["goes on", *infos]
        return Graph(
            "body",
            tuple(Info(name, None) for name in inputs),
            tuple(Info(name, None) for name in infos),
            (*nodes, *named),
            {},
        )


def _ordered(nodes: list[Node]) -> list[Node]:
    """Return nodes in an order in which they can run, near to that in which they are given.

    What merely moves comes first, lest a first step begins before the loop that it follows.
    """
    producer = {name: i for i, node in enumerate(nodes) for name in node.outputs}
    needs = {
        i: {producer[name] for name in _needs(node) if name in producer}
        for i, node in enumerate(nodes)
    }
    sorter, ordered, ready = TopologicalSorter(needs), list[Node](), list[tuple[bool, int]]()
    try:
        sorter.prepare()
    except CycleError:
        raise NotRolledError from None
    while sorter.is_active():
        for i in sorter.get_ready():
            heappush(ready, (computes(nodes[i]), i))
        _, i = heappop(ready)
        ordered.append(nodes[i])
        sorter.done(i)
    return ordered


def _needs(node: Node) -> set[str]:
    """Return the names that a node reads, its body's from outside among them."""
    needed = set(node.inputs)
    body = node.attributes.get("body")
    if isinstance(body, Graph):
        own = {info.name for info in body.inputs} | {n for i in body.nodes for n in i.outputs}
        needed |= {name for inner in body.nodes for name in inner.inputs} - own
    return needed - {""}
