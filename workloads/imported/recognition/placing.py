"""Layers placed in stages, by what each of them reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workloads.imported.graph import Array, Node
from workloads.imported.recognition.drafts import (
    EXACT,
    DenseDraft,
    RecurrentDraft,
    StageDraft,
    activation_of,
    zeros,
)
from workloads.imported.recognition.origins import Origin, Origins, constant
from workloads.imported.recognition.sources import Reading, Source, reading
from workloads.imported.recurrent.parameters import Recurrent


class Placing:
    """Stages in the making.

    Attributes
    ----------
    stages : list of StageDraft
    ignored : list of str
        What a run computes and the network does not show, one line each.
    misplaced : list of str
        What keeps the model from being shown as stages of layers.
    time_axes : dict of str to int
        For each input of the model that a layer reads, the axis of time; -1 where it has none.
    """

    def __init__(self, inputs: Mapping[str, Array]) -> None:
        self.origins = Origins()
        self.sources: list[Source] = []
        self.stages: list[StageDraft] = []
        self.ignored: list[str] = []
        self.misplaced: list[str] = []
        self.time_axes: dict[str, int] = {}
        self.drafts: dict[int, DenseDraft] = {}
        self._inputs: dict[str, Origin] = {}
        for name, value in inputs.items():
            self._inputs[name] = self.origins.fresh(*value.shape)
            self.origins.set(value, self._inputs[name])

    def last(self, recurrent: Recurrent, y: Origin) -> Origin:
        """Return the numbers of the last states: directions x batch x units."""
        ends = [-1 if direction == "forward" else 0 for direction in recurrent.directions]
        return np.stack([y[end, number] for number, end in enumerate(ends)])

    def cells(self, node: Node, numbers: Origin) -> None:
        """Note the last states of an LSTM's cells: directions x batch x units."""
        flat = numbers.transpose(1, 0, 2).reshape(1, numbers.shape[1], -1)
        self.sources.append(Source("cell", str(node), flat))

    def layer(
        self,
        node: Node,
        recurrent: Recurrent,
        x: Array,
        origin: Origin | None,
        states: Sequence[Array | None],
        *,
        feedback: bool = False,
    ) -> Origin:
        """Place a recurrent layer; return the numbers of its outputs, steps x directions x ..."""
        steps, batch = x.shape[:2]
        self._note(node, recurrent)
        nothing = constant(origin) and not feedback
        if nothing and not zeros(x - x[:1]):
            self.misplace(node, "reads constants that change from step to step")
        elif nothing and not zeros(x):
            self.ignored.append(f"{node}: it reads a constant, which acts as a bias")
        draft = RecurrentDraft(str(node), recurrent, not nothing, x[0, 0] if nothing else None)
        ends = [steps - 1 if d == "forward" else 0 for d in recurrent.directions]
        count, units = len(ends), recurrent.units
        numbers = self.origins.fresh(steps, batch, count, units)
        tip = Source("outputs", str(node), numbers.reshape(steps, batch, -1), tuple(ends))
        found = None if nothing or origin is None else self._read(origin)
        if feedback:
            self._start(node, "output", states, draft, tip)
        elif nothing:
            self._start(node, "nothing", states, draft, tip)
        elif found is None:
            self.misplace(node, "reads what is no sequence of one layer")
        else:
            self._place(node, found, states, draft, tip)
        self.sources.append(tip)
        return numbers.transpose(0, 2, 1, 3)

    def _note(self, node: Node, recurrent: Recurrent) -> None:
        for curve in dict.fromkeys(c for curves in recurrent.curves for c in curves):
            if curve not in EXACT:
                self.ignored.append(f"{node}: activation {curve}, shown as {activation_of(curve)}")
        if len(set(recurrent.curves)) > 1:
            self.ignored.append(f"{node}: other activations backwards than forwards")
        if recurrent.kind == "LSTM" and len({c.name for c in recurrent.curves[0][1:]}) > 1:
            self.ignored.append(f"{node}: another activation of the output than of the candidate")
        if recurrent.directions == ("reverse",):
            self.ignored.append(f"{node}: it runs backwards, as many steps and operations")
        for name in ("clip", "peepholes"):
            if getattr(recurrent, name) is not None:
                self.ignored.append(f"{node}: {name}")
        if recurrent.coupled:
            self.ignored.append(f"{node}: coupled gates, shown as two")

    def _read(self, origin: Origin) -> Reading | None:
        """Return what a sequence of steps x batch x features holds."""
        name = self._input(origin)
        if name is not None and name not in self.time_axes:
            self._see(name, origin)
        return reading(origin, self.sources)

    def _input(self, origin: Origin) -> str | None:
        """Return the input of the model to which all elements belong."""
        for name, numbers in self._inputs.items():
            if numbers.size and numbers.min() <= origin.min() and origin.max() <= numbers.max():
                return name
        return None

    def _see(self, name: str, sequence: Origin) -> None:
        """See an input of the model as the sequence that its first reader makes of it."""
        numbers, ends = self._inputs[name], sequence[[0, -1], 0, 0]
        first, last = (np.argwhere(numbers == end)[0] for end in ends)
        axes = np.nonzero(first != last)[0]
        if len(axes) < 2:
            self.time_axes[name] = int(axes[0]) if len(axes) else -1
            self.sources.append(Source("input", name, sequence.copy()))

    def _place(
        self,
        node: Node,
        found: Reading,
        states: Sequence[Array | None],
        draft: RecurrentDraft,
        tip: Source,
    ) -> None:
        source, stage = found.source, self.stages[-1] if self.stages else None
        whole = np.array_equal(
            found.step, np.arange(len(found.step))[:, np.newaxis] + 0 * found.step
        )
        if found.source.replaced:
            self.misplace(node, f"reads {source.name} before its bias or activation")
        elif source.what == "input" and whole:
            self._start(node, "input", states, draft, tip)
        elif stage is None or source is not stage.tip:
            self.misplace(node, f"reads {source.name}, not the layer before it")
        elif whole and not stage.after and source.steps == tip.steps:
            before = self.stages[-2] if len(self.stages) > 1 else None
            continues = self._continued(node, states, len(stage.finals), before)
            if stage.finals and continues != stage.continues:
                self.misplace(node, "starts from other states than the layer below it")
            stage.continues = continues
            self._append(stage, draft, tip)
        elif found.final:
            self._start(node, "previous", states, draft, tip)
        else:
            self._part(node, found, f"reads the steps of {source.name} in another order")
        source.read = True

    def _start(
        self,
        node: Node,
        reads: Any,
        states: Sequence[Array | None],
        draft: RecurrentDraft,
        tip: Source,
    ) -> None:
        self.stages.append(StageDraft(tip.steps, reads, self._continued(node, states, 0)))
        self._append(self.stages[-1], draft, tip)

    def _append(self, stage: StageDraft, draft: RecurrentDraft, tip: Source) -> None:
        stage.layers.append(draft)
        stage.finals.append(tip)
        stage.tip = tip

    def _continued(
        self,
        node: Node,
        states: Sequence[Array | None],
        layer: int,
        before: StageDraft | None = None,
    ) -> bool:
        """Return whether a layer starts from the last states of its like in the stage before."""
        before = before or (self.stages[-1] if self.stages and layer == 0 else None)
        given = [
            state for state in states if not zeros(state) or self.origins.get(state) is not None
        ]
        if not given:
            return False
        for state in given:
            origin: Origin | None = self.origins.get(state)
            if state is None or origin is None or constant(origin):
                self.ignored.append(f"{node}: a constant initial state")
                return False
            held = reading(np.moveaxis(origin, 0, 1).reshape(1, state.shape[1], -1), self.sources)
            if held is None:
                names = [n for n, numbers in self._inputs.items() if np.isin(origin, numbers).all()]
                where = f" in {names[0]!r}" if names else ""
                self.ignored.append(f"{node}: the initial state that is given{where}")
                return False
            if held.source.what == "cell":
                continue
            if before is None or layer >= len(before.finals) or not held.final:
                self.misplace(node, f"starts from {held.source.name}")
                return False
            if held.source is not before.finals[layer]:
                self.misplace(node, f"starts from {held.source.name}, not the layer of its place")
                return False
        return True

    def resolve_rows(self, origin: Origin) -> None:
        """See an input of the model that a dense layer reads as a sequence of rows."""
        name = self._input(origin)
        if name is None or name in self.time_axes or origin.ndim not in (2, 3):
            return
        rows = origin.reshape((1,) * (3 - origin.ndim) + origin.shape)
        if len(rows) == 1 and origin.ndim == 3:  # batch first, of a batch of one
            rows = rows.swapaxes(0, 1)
        self._see(name, rows)

    def dense(self, node: Node, found: Reading, draft: DenseDraft) -> Origin:
        """Place a dense layer; return the numbers of its outputs, steps x batch x units."""
        source, stage = found.source, self.stages[-1] if self.stages else None
        steps = source.steps if found.every_step else 1
        numbers = self.origins.fresh(steps, source.origin.shape[1], draft.kernel.shape[1])
        tip = Source("outputs", str(node), numbers)
        if source.replaced:
            self.misplace(node, f"reads {source.name} before its bias or activation")
        elif source.what == "input" and stage is None:
            stage = StageDraft(steps, "input", False)
            self.stages.append(stage)
            stage.layers.append(draft)
            stage.tip = tip
        elif stage is None or source is not stage.tip:
            self.misplace(node, f"reads {source.name}, not the layer before it")
        elif found.every_step and not stage.after:
            stage.layers.append(draft)
            stage.tip = tip
        elif found.final:
            stage.after.append(draft)
            stage.tip = tip
        else:
            self._part(node, found, f"reads some steps of {source.name}")
        source.read = True
        self.sources.append(tip)
        self.drafts[id(tip)] = draft
        return numbers

    def _part(self, node: Node, found: Reading, why: str) -> None:
        if found.unfinished:
            why = f"reads the last step of {found.source.name}, the first of its reverse direction"
            why += ", expected the last state of each direction"
        self.misplace(node, why)

    def replaced(self, source: Source, draft: DenseDraft) -> Origin:
        """Return numbers of the tensor that a bias or an activation makes of a dense layer."""
        numbers = self.origins.fresh(*source.origin.shape)
        tip = Source(source.what, source.name, numbers)
        source.replaced = True
        for stage in self.stages:
            if stage.tip is source:
                stage.tip = tip
        self.sources.append(tip)
        self.drafts[id(tip)] = draft
        return numbers

    def misplace(self, node: Node, why: str) -> None:
        """Note what keeps the model from being stages of layers."""
        self.misplaced.append(f"{node} {why}")
