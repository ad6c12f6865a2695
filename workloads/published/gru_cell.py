"""One time step of one GRU layer as a block of tasks.

With the update gate z, the reset gate r, the candidate c and the logistic function s, the published
accelerator computes ::

    z  = s(W_z x + U_z h + b_z)
    r  = s(W_r x + U_r h + b_r)
    c  = tanh(W_c x + b_c + r * (U_c h + b_h))
    h' = z * c + (1 - z) * h

where s(a) = 1 / (1 + e) and tanh(a) = 1 - 2 / (1 + e), and the exponential e is the sum of the
hyperbolic sine and cosine of -a or 2a. The reset comes after the recurrent product.
"""

from __future__ import annotations

from dataclasses import dataclass

from workloads.published.block import BlockBuilder
from workloads.published.operations import (
    ADD,
    DIVIDE,
    MULTIPLY,
    READ_CONST,
    READ_DATA,
    READ_SHARED,
    SINH_COSH,
    SUBTRACT,
    WRITE_DATA,
    WRITE_SHARED,
)
from workloads.published.weighted_sum import SumLayout, Term, weighted_sum

_FROM_OUTSIDE = SumLayout(True, 0, "scalar multiply weights add", "scalar multiply weights add")
_TAKE_ONE = (
    "z.add_one",
    "r.add_one",
    "z.divide",
    "r.divide",
    "c.add_one",
    "c.divide",
    "keep.subtract",
)


@dataclass(frozen=True)
class CellLayout:
    """What a cell leaves open: details of its form, and how its tasks are numbered.

    Parameters
    ----------
    z, r, c : SumLayout
        The sums over the hidden elements; those of z and r begin with the elements of the layer
        below, if there is one.
    after_sums : str
        Names of the tasks after the sums, in the order of their numbers.
    c_below : SumLayout, optional
        The candidate's sum over the elements of the layer below, if there is one.
    after_input : str
        Names of tasks numbered directly after the input branch.
    sigmoid_in_one_add, tanh_in_one_add : bool
        One add takes sinh, cosh and 1; else sinh + cosh is written and read before 1 is added.
    two_reads : bool
        A value that is added to itself is read twice.
    row_read : bool
        The blend has its own read of the hidden state, else it shares that of element 0.
    reads_one : bool
        The cell reads the constant 1, else it takes that of the first layer.
    """

    z: SumLayout
    r: SumLayout
    c: SumLayout
    after_sums: str
    c_below: SumLayout | None = None
    after_input: str = ""
    sigmoid_in_one_add: bool = True
    tanh_in_one_add: bool = True
    two_reads: bool = False
    row_read: bool = True
    reads_one: bool = True


def gru_cell(hidden_units: int, layout: CellLayout, features: int = 0) -> BlockBuilder:
    """Return the tasks of one layer in one time step.

    Ports: ``state`` are the reads of the previous hidden state, ``below`` those of the new one of
    the layer below, and ``written`` is the write of the cell's own; ``one`` is the read of the
    constant 1 and ``takes_one`` are the tasks that need it from another layer.

    Parameters
    ----------
    hidden_units : int
        Units of the layer, H.
    layout : CellLayout
        Form and numbering; with `c_below` the cell is fed by the layer below.
    features : int
        Scalars that enter the cell from outside the network, 0 if there are none.
    """
    block = BlockBuilder()
    hidden = [Term(f"U[{k}]", f"read_h[{k}]") for k in range(hidden_units)]
    below = [Term(f"W[{k}]", f"read_x[{k}]") for k in range(hidden_units if layout.c_below else 0)]
    outside = [Term(f"W[{k}]", f"read_x[{k}]") for k in range(features)]
    block.ports["state"] = [block.add(scalar, READ_SHARED) for _, scalar in hidden]
    block.ports["below"] = [block.add(scalar, READ_SHARED) for _, scalar in below]
    for _, scalar in outside:
        block.add(scalar, READ_DATA)

    for gate in "zcr" if outside else "":
        _input_sum(block, f"{gate}.", outside, _FROM_OUTSIDE)
    block.numbering += layout.after_input.split()
    for gate, sums in (("z", layout.z), ("r", layout.r)):
        operands = weighted_sum(block, f"{gate}.", [*below, *hidden], sums)
        operands += [f"{gate}.read_Wx"] if outside else []
        block.add(f"{gate}.add_b", ADD, *operands, block.add(f"{gate}.read_b", READ_CONST))
        block.numbering.append(block.add(f"{gate}.write_sum", WRITE_DATA, f"{gate}.add_b"))
        _sigmoid(block, f"{gate}.", layout.sigmoid_in_one_add)
    if layout.c_below:
        _input_sum(block, "c.", below, layout.c_below)
    _candidate(block, hidden, layout)
    _blend(block, layout)
    block.numbering += layout.after_sums.split()

    if layout.reads_one:
        block.ports["one"] = [block.add("read_one", READ_CONST)]
        for task in _TAKE_ONE:
            block.connect("read_one", task)
    else:
        block.ports["takes_one"] = list(_TAKE_ONE)
    return block


def _input_sum(block: BlockBuilder, owner: str, terms: list[Term], layout: SumLayout) -> None:
    """Add W x as a sum of its own, which is written and read back."""
    operands = weighted_sum(block, owner, terms, layout)
    block.numbering.append(block.add(f"{owner}write_Wx", WRITE_DATA, *operands))
    block.add(f"{owner}read_Wx", READ_DATA, f"{owner}write_Wx")


def _candidate(block: BlockBuilder, hidden: list[Term], layout: CellLayout) -> None:
    """Add everything from the recurrent sum to the read of the finished candidate."""
    operands = weighted_sum(block, "c.", hidden, layout.c)
    block.add("c.add_bh", ADD, *operands, block.add("c.read_bh", READ_CONST))
    block.numbering.append(block.add("c.write_Uh", WRITE_DATA, "c.add_bh"))
    block.add("c.read_Uh", READ_DATA, "c.write_Uh")
    block.add("c.multiply_reset", MULTIPLY, "c.read_Uh", "r.read")
    block.add("c.write_reset", WRITE_DATA, "c.multiply_reset")
    block.add("c.read_reset", READ_DATA, "c.write_reset")
    from_input = ["c.read_Wx"] if "c.read_Wx" in block else []
    block.add("c.add", ADD, *from_input, "c.read_reset", block.add("c.read_b", READ_CONST))
    block.add("c.write_sum", WRITE_DATA, "c.add")
    block.add("c.double", ADD, *_reads_of_both(block, "c.read_sum", "c.write_sum", layout))
    block.add("c.write_doubled", WRITE_DATA, "c.double")
    block.add("c.read_doubled", READ_DATA, "c.write_doubled")
    _reciprocal(block, "c.", "c.read_doubled", layout.tanh_in_one_add)
    block.add("c.write_quotient", WRITE_DATA, "c.divide")
    block.add("c.scale", ADD, *_reads_of_both(block, "c.read_quotient", "c.write_quotient", layout))
    block.add("c.write", WRITE_DATA, "c.scale")
    block.add("c.read", READ_DATA, "c.write")


def _blend(block: BlockBuilder, layout: CellLayout) -> None:
    """Add h' = z * c + (1 - z) * h."""
    row = "read_h[0]"
    if layout.row_read:
        row = block.add("read_h_row", READ_SHARED)
        block.ports["state"].append(row)
    block.add("keep.subtract", SUBTRACT, "z.read")
    block.add("keep.write", WRITE_DATA, "keep.subtract")
    block.add("keep.read", READ_DATA, "keep.write")
    for name, factors in (("new", ("z.read", "c.read")), ("old", ("keep.read", row))):
        block.add(f"{name}.multiply", MULTIPLY, *factors)
        block.add(f"{name}.write", WRITE_DATA, f"{name}.multiply")
        block.add(f"{name}.read", READ_DATA, f"{name}.write")
    block.add("add", ADD, "new.read", "old.read")
    block.ports["written"] = [block.add("write_h", WRITE_SHARED, "add")]


def _sigmoid(block: BlockBuilder, owner: str, in_one_add: bool) -> None:
    """Add a gate from its sum on."""
    block.add(f"{owner}read_sum", READ_DATA, f"{owner}write_sum")
    _reciprocal(block, owner, f"{owner}read_sum", in_one_add)
    block.add(f"{owner}write", WRITE_DATA, f"{owner}divide")
    block.add(f"{owner}read", READ_DATA, f"{owner}write")


def _reciprocal(block: BlockBuilder, owner: str, argument: str, in_one_add: bool) -> None:
    """Add 1 / (1 + exp(argument)), up to the division."""
    block.add(f"{owner}sinh_cosh", SINH_COSH, argument)
    block.add(f"{owner}write_sinh_cosh", WRITE_DATA, f"{owner}sinh_cosh")
    terms = [
        block.add(f"{owner}read_{part}", READ_DATA, f"{owner}write_sinh_cosh")
        for part in ("sinh", "cosh")
    ]
    if not in_one_add:
        block.add(f"{owner}add_exp", ADD, *terms)
        block.add(f"{owner}write_exp", WRITE_DATA, f"{owner}add_exp")
        terms = [block.add(f"{owner}read_exp", READ_DATA, f"{owner}write_exp")]
    block.add(f"{owner}add_one", ADD, *terms)
    block.add(f"{owner}write_denominator", WRITE_DATA, f"{owner}add_one")
    block.add(f"{owner}read_denominator", READ_DATA, f"{owner}write_denominator")
    block.add(f"{owner}divide", DIVIDE, f"{owner}read_denominator")


def _reads_of_both(block: BlockBuilder, name: str, written: str, layout: CellLayout) -> list[str]:
    """Add the reads of a value that is added to itself."""
    names = [name, f"{name}_again"] if layout.two_reads else [name]
    return [block.add(read, READ_DATA, written) for read in names]
