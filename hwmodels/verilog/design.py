"""What is built: the shape of a GRU cell in hardware, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property

from hwmodels.costs.blocks import gru_step_cycles, matrix_vector_cycles, multiplier_dsp, reset_wait
from hwmodels.device import DSP
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.fixedpoint import Format
from hwmodels.network import Network
from stomp_flim.errors import InputError


class MemoryStyle(StrEnum):
    """What the attribute of a memory asks for."""

    BLOCK = "block"
    DISTRIBUTED = "distributed"


@dataclass(frozen=True)
class MatrixVector:
    """A matrix-vector unit: P lanes take a tile of P rows, one column a cycle.

    Parameters
    ----------
    rows, columns : int
        Of the matrix.
    lanes : int
        P, at most the columns: the rows of a tile leave one by one while the next tile is computed.
    operand, weight, bias, accumulator : Format
        Elements of the vector and the matrix, and their sums.
    sum_bits : int
        Width in which a sum is exact before the accumulator's overflow.
    multiplier_stages : int
        Registers of a multiplier beyond those of its operands and its product.
    second_row : int, optional
        First row that reads the second vector; by default none does.
    pause : int
        Cycles that the first tile with such a row waits.

    Raises
    ------
    InputError
        If a size is not positive, or the lanes are too many.
    """

    rows: int
    columns: int
    lanes: int
    operand: Format
    weight: Format
    bias: Format
    accumulator: Format
    sum_bits: int
    multiplier_stages: int = 0
    second_row: int | None = None
    pause: int = 0

    def __post_init__(self) -> None:
        _require_sizes(self, {"rows": 1, "columns": 1, "lanes": 1, "multiplier_stages": 0})
        if self.lanes > self.columns:
            raise InputError(
                f"matrix-vector unit: {self.lanes} lanes, expected at most one a column "
                f"({self.columns})"
            )

    @property
    def tiles(self) -> int:
        """Passes over the columns."""
        return -(-self.rows // self.lanes)

    @property
    def cycles(self) -> int:
        """Cycles from the start of a product to the next possible one."""
        product = matrix_vector_cycles(self.rows, self.columns, self.lanes, self.multiplier_stages)
        return product + self.pause

    @property
    def parameters(self) -> dict[str, int | str]:
        """Parameters of the Verilog module."""
        product_fraction = self.operand.fraction + self.weight.fraction
        return {
            "ROWS": self.rows,
            "COLUMNS": self.columns,
            "LANES": self.lanes,
            "STAGES": self.multiplier_stages,
            "SECOND_ROW": self.rows if self.second_row is None else self.second_row,
            "PAUSE": self.pause,
            "OPERAND_BITS": self.operand.bits,
            "WEIGHT_BITS": self.weight.bits,
            "BIAS_BITS": self.bias.bits,
            "SUM_BITS": self.sum_bits,
            "OUT_BITS": self.accumulator.bits,
            "PRODUCT_DROP": product_fraction - self.accumulator.fraction,
            "BIAS_DROP": self.bias.fraction - self.accumulator.fraction,
            "ROUNDING": mode_name(self.accumulator.rounding),
            "OVERFLOW": mode_name(self.accumulator.overflow),
        }


@dataclass(frozen=True)
class Cell:
    """A GRU cell: one layer of the encoder or the decoder.

    Parameters
    ----------
    units : int
        H, hidden units.
    lanes : int
        P, multipliers of the matrix-vector unit, at most H.
    inputs : int
        Elements of the input; 0 for the first layer of a decoder.
    stacked : bool
        The input is the state of the layer below.
    multiplier_stages : int
        Registers of a lane's multiplier beyond those of its operands and its product.
    state_memory : MemoryStyle
        Of the states, gates and reset products; weights are always in block RAM.
    arithmetic : Arithmetic
        Every format. Both accumulators must have the same, since the lanes share them.

    Raises
    ------
    InputError
        If a size or a format is not one of these.
    """

    units: int
    lanes: int
    inputs: int = 1
    stacked: bool = False
    multiplier_stages: int = 0
    state_memory: MemoryStyle = MemoryStyle.DISTRIBUTED
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT

    def __post_init__(self) -> None:
        _require_sizes(self, {"units": 1, "lanes": 1, "inputs": 0, "multiplier_stages": 0})
        if self.lanes > self.units:
            raise InputError(
                f"GRU cell: {self.lanes} lanes, expected at most one a unit ({self.units}): "
                "rows of r and h in one tile would wait for each other"
            )
        a = self.arithmetic
        a.require_hard_activations("the Verilog generator")
        if a.gate_accumulator != a.candidate_accumulator:
            raise InputError(
                f"GRU cell: arithmetic {a.name!r} has a candidate_accumulator of "
                f"{a.candidate_accumulator}, expected the gate_accumulator's {a.gate_accumulator}: "
                "the lanes use one for both"
            )

    @property
    def input_format(self) -> Format:
        """What arrives on ``x``."""
        return self.arithmetic.stacked_input if self.stacked else self.arithmetic.input

    @property
    def network(self) -> Network:
        """Smallest network with such a cell; its steps and outputs mean nothing."""
        inputs = 1 if self.stacked else max(self.inputs, 1)
        return Network("cell", 1 + self.stacked, self.units, inputs=inputs)

    @cached_property
    def product(self) -> MatrixVector:
        """The matrix-vector unit: rows r, z, h of each unit; columns inputs, then states."""
        a, units, lanes = self.arithmetic, self.units, self.lanes
        operands = [a.state, a.reset_product, *([self.input_format] if self.inputs else [])]
        fraction = max(operand.fraction for operand in operands)
        bits = max(operand.bits + fraction - operand.fraction for operand in operands)
        carriers = Specification(self.network, a).carriers
        wraps = a.gate_accumulator.overflow == "wrap"
        return MatrixVector(
            rows=3 * units,
            columns=self.inputs + units,
            lanes=lanes,
            operand=Format(bits, fraction),
            weight=a.weight,
            bias=a.bias,
            accumulator=a.gate_accumulator,
            sum_bits=a.gate_accumulator.bits
            if wraps
            else max(carriers["gate_accumulator"], carriers["candidate_accumulator"]),
            multiplier_stages=self.multiplier_stages,
            second_row=2 * units,
            pause=reset_wait(units, lanes, self.multiplier_stages, self.inputs),
        )

    @property
    def cycles(self) -> int:
        """Cycles from the start of a step to the next possible one."""
        return gru_step_cycles(self.units, self.lanes, self.multiplier_stages, self.inputs)

    def dsp(self, dsp: DSP) -> int:
        """Return the DSP slices: a multiplier a lane and the one of the element-wise pipeline."""
        lane = multiplier_dsp(self.product.operand.bits, self.product.weight.bits, dsp)
        return self.lanes * lane + multiplier_dsp(*self.element_factors, dsp)

    @property
    def memories(self) -> dict[str, tuple[int, int]]:
        """Depth and width of every memory whose attribute asks for block RAM."""
        product, a = self.product, self.arithmetic
        memories = {
            "weights": (product.tiles * product.columns, product.lanes * product.weight.bits)
        }
        if self.state_memory is MemoryStyle.BLOCK:
            memories |= {
                "states for the lanes": (self.units, a.state.bits),
                "states for the rows": (self.units, a.stored_state.bits),
                "reset products": (self.units, a.reset_product.bits),
                "update gates": (self.units, a.gate.bits),
            }
        return memories

    @property
    def element_factors(self) -> tuple[int, int]:
        """Bits of the element-wise multiplier's factors: a gate, and a difference of states.

        Or the state that products read, should that be wider.
        """
        a = self.arithmetic
        points = (a.stored_state, a.candidate, a.state)
        fraction = max(point.fraction for point in points)
        stored, candidate, read = (p.bits + fraction - p.fraction for p in points)
        return a.gate.bits, max(max(stored, candidate) + 1, read)


def element_parameters(a: Arithmetic, units: int) -> dict[str, int | str]:
    """Return the parameters of the Verilog module of the element-wise pipeline."""
    parameters: dict[str, int | str] = {
        "UNITS": units,
        "SUM_BITS": a.gate_accumulator.bits,
        "SUM_FRACTION": a.gate_accumulator.fraction,
        "STORED_BITS": a.stored_state.bits,
        "STORED_FRACTION": a.stored_state.fraction,
        "STATE_APART": int(a.blend_state is not None),
    }
    for name, point in {
        "STATE": a.state,
        "GATE": a.gate,
        "RESET": a.reset_product,
        "CANDIDATE": a.candidate,
        "HIDDEN": a.hidden,
    }.items():
        parameters |= {
            f"{name}_BITS": point.bits,
            f"{name}_FRACTION": point.fraction,
            f"{name}_ROUNDING": mode_name(point.rounding),
            f"{name}_OVERFLOW": mode_name(point.overflow),
        }
    return parameters


def activation_parameters(accumulator: Format, target: Format) -> dict[str, int | str]:
    """Return the parameters of the Verilog module of a hard activation."""
    return {
        "IN_BITS": accumulator.bits,
        "IN_FRACTION": accumulator.fraction,
        "OUT_BITS": target.bits,
        "OUT_FRACTION": target.fraction,
        "ROUNDING": mode_name(target.rounding),
        "OVERFLOW": mode_name(target.overflow),
    }


def mode_name(mode: str) -> str:
    """Return a rounding or overflow mode as a Verilog string."""
    return '"' + mode.upper().replace(" ", "_") + '"'


def _require_sizes(design: object, least: dict[str, int]) -> None:
    for field in fields(design):  # type: ignore[arg-type]
        if field.name not in least:
            continue
        value = getattr(design, field.name)
        if not isinstance(value, int) or isinstance(value, bool) or value < least[field.name]:
            raise InputError(
                f"{type(design).__name__}: {field.name} is {value!r}, "
                f"expected an integer >= {least[field.name]}"
            )
