"""What a network file may say, and the network that it stands for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from hwmodels.recurrent import (
    Activation,
    CellName,
    DenseLayer,
    Layer,
    RecurrentLayer,
    RecurrentNetwork,
    Source,
    Stage,
)
from stomp_flim.interchange.text.toml_section import Section

Form = Literal["encoder-decoder", "sequence-to-one", "sequence-to-sequence", "stages"]
Count = Annotated[int, Field(ge=1, le=2**16)]
"""Of units, inputs or steps: a graph has thousands of tasks for each."""
Number = Annotated[int, Field(ge=1, le=1000)]


class DenseTable(Section):
    """A dense layer."""

    units: Count
    activation: Activation = "linear"

    def layer(self, inputs: int) -> DenseLayer:
        """Return the layer above so many outputs."""
        return DenseLayer(inputs, self.units, self.activation)


class LayerTable(Section):
    """A recurrent layer, or a dense one where there is no cell."""

    cell: CellName | None = None
    units: Count
    bidirectional: bool = False
    gate_activation: Activation | None = None
    activation: Activation | None = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> LayerTable:
        if self.cell is None and (self.bidirectional or self.gate_activation):
            raise ValueError(
                "bidirectional or gate_activation without cell, expected a cell or neither of them"
            )
        return self

    def layer(self, inputs: int) -> Layer:
        """Return the layer above so many outputs."""
        if self.cell is None:
            return DenseLayer(inputs, self.units, self.activation or "linear")
        gates, other = self.gate_activation or "sigmoid", self.activation or "tanh"
        return RecurrentLayer(self.cell, inputs, self.units, self.bidirectional, gates, other)


class StageTable(Section):
    """A stage in its own words."""

    name: str
    steps: Count
    reads: Source = "input"
    continues: bool = False
    inputs: Count | None = None
    layers: Annotated[list[LayerTable], Field(min_length=1)]
    after: list[DenseTable] = Field(default_factory=list)

    @model_validator(mode="after")
    def _with_inputs(self) -> StageTable:
        if (self.reads == "input") != (self.inputs is not None):
            expected = "a number" if self.reads == "input" else "none"
            raise ValueError(
                f"inputs is {self.inputs!r}, expected {expected} where the stage reads "
                f"{self.reads!r}"
            )
        return self

    def stage(self, before: int) -> Stage:
        """Return the stage after one with so many outputs."""
        layers: list[Layer] = []
        offered = {
            "input": self.inputs or 0,
            "nothing": 0,
            "previous": before,
            "output": self.layers[-1].layer(1).outputs,
        }[self.reads]
        for table in self.layers:
            layers.append(table.layer(offered))
            offered = layers[-1].outputs
        after: list[DenseLayer] = []
        for dense in self.after:
            after.append(dense.layer(offered))
            offered = after[-1].outputs
        return Stage(self.name, self.steps, tuple(layers), self.reads, self.continues, tuple(after))


class FileTable(Section):
    """All that a file says: the flat keys, or stages."""

    name: str
    form: Form = "encoder-decoder"
    bits: Annotated[int, Field(ge=1, le=64)] = 8
    cell: CellName | None = None
    layers: Number | None = None
    units: Annotated[
        list[Count] | None,
        BeforeValidator(lambda units: [units] if type(units) is int else units),
        Field(min_length=1),
    ] = None
    inputs: Count | None = None
    outputs: Count | None = None
    encoder_steps: Count | None = None
    decoder_steps: Count | None = None
    bidirectional: bool = False
    gate_activation: Activation | None = None
    activation: Activation | None = None
    dense: list[DenseTable] = Field(default_factory=list)
    stages: Annotated[list[StageTable] | None, Field(min_length=1)] = None

    @model_validator(mode="after")
    def _of_one_form(self) -> FileTable:
        given = self.model_fields_set - {"name", "form", "bits"}
        needed = {"stages"} if self.form == "stages" else {"cell", "units", "encoder_steps"}
        if self.form == "encoder-decoder":
            needed.add("decoder_steps")
        if missing := sorted(needed - given):
            raise ValueError(f"{missing[0]}: missing, expected with form {self.form!r}")
        spare = given - {"stages"} if self.form == "stages" else given & {"stages"}
        if self.form.startswith("sequence"):
            spare = spare | given & {"decoder_steps"}
        if spare:
            raise ValueError(
                f"{min(spare)} is {getattr(self, min(spare))!r}, expected none with form "
                f"{self.form!r}"
            )
        if self.stages and self.stages[0].reads == "previous":
            raise ValueError("stages.0: reads 'previous', expected a stage before it")
        if self.layers not in (None, len(self.units or [])) and len(self.units or []) > 1:
            raise ValueError(
                f"layers is {self.layers}, expected {len(self.units or [])}, one for each of units"
            )
        return self

    def network(self) -> RecurrentNetwork:
        """Return the network, if the sizes fit together."""
        stages, before = [], 0
        for table in self.stages or self._stages():
            stages.append(table.stage(before))
            before = stages[-1].outputs
        return RecurrentNetwork(self.name, tuple(stages), self.bits)

    def _stages(self) -> list[StageTable]:
        units = self.units or []
        recurrent = [
            LayerTable(
                cell=self.cell,
                units=number,
                bidirectional=self.bidirectional,
                gate_activation=self.gate_activation,
                activation=self.activation,
            )
            for number in units * (self.layers or 1 if len(units) == 1 else 1)
        ]
        dense = [*self.dense, *([DenseTable(units=self.outputs)] if self.outputs else [])]
        each = [LayerTable(units=one.units, activation=one.activation) for one in dense]
        first: dict[str, Any] = {
            "name": "encoder",
            "steps": self.encoder_steps,
            "inputs": self.inputs or 1,
        }
        if self.form == "sequence-to-one":
            return [StageTable(**first, layers=recurrent, after=dense)]
        if self.form == "sequence-to-sequence":
            return [StageTable(**first, layers=recurrent + each)]
        decoder = StageTable(
            name="decoder",
            steps=self.decoder_steps or 1,
            reads="nothing",
            continues=True,
            layers=recurrent + each,
        )
        return [StageTable(**first, layers=recurrent), decoder]
