"""Directed vectors for the published arithmetic, and mutants that they kill.

Random inputs hardly ever reach a rounding tie, a corner or the floor of a single product. The
vectors here are small networks built around them. A mutant is one deliberate mistake: in the
specification, which both versions follow; in the source of the reference; or in the source of the
compiled version, whose loops are then interpreted by Python.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gru_vectors
import numpy as np
import pytest
from integer_gru import pair_operations

from hwmodels.gru import kernel, reference
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.compiled import general, general_arguments, pair_arguments, pairs
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.weights import array_shapes, network_of
from hwmodels.network import Cell, Network

Case = tuple[dict[str, np.ndarray], np.ndarray]


def network(
    units: int, inputs: int = 1, outputs: int = 1, cell: Cell = "gru", **codes: Any
) -> dict[str, np.ndarray]:
    """Weights that are 0 but for `codes`, each broadcast to the array that it names.

    ``encoder_bias_h=1`` sets the array sencgru_bias_h, ``dense_kernel=2`` sdec_dense_kernel.
    """
    shapes = array_shapes(Network("directed", 1, units, inputs, outputs, steps=1, cell=cell))
    weights = {name: np.zeros(shape, np.int8) for name, shape in shapes.items()}
    for name, code in codes.items():
        stage, _, part = name.partition("_")
        prefix = "sdec_dense_" if stage == "dense" else f"s{stage[:3]}gru_"
        weights[prefix + part][...] = code
    return weights


def one_step(*codes: int) -> np.ndarray:
    """One pixel for each code, of one step of one input."""
    return np.array(codes, np.int16).reshape(-1, 1, 1)


CODES = [-128, -127, -126, -125, -65, -64, -63, -3, -2, -1, 0, 1, 2, 3, 63, 64, 65, 125, 126, 127]

# A gate whose sum is 0 is 1/2; then h' = (q + c) * 2^14, and every odd q + c is a tie of STATE.
HALF_GATES = {"units": len(CODES), "encoder_bias_h": CODES}

# Six units: the compiled loop takes four products at a time, then single ones. The first step
# leaves q = 3 (or -3) everywhere. In the second, input 0 sets r, and input 1 adds what is missing
# to a tie of CANDIDATE, so that one unit in the last place of any earlier rounding shows.
RESET = {
    "units": 6,
    "inputs": 2,
    "encoder_kernel_r": [[1], [0]],
    "encoder_kernel_h": [[0], [1]],
}


def around_a_tie(reset: int, missing: int) -> np.ndarray:
    """Two steps of two inputs for three pixels: below, on and above the tie."""
    return np.array([[[0, 0], [reset, missing + d]] for d in (-1, 0, 1)], np.int16)


def everything_at_once(cell: Cell = "gru") -> Case:
    """Full-range weights and inputs, for mistakes of structure rather than of one bit."""
    generator = np.random.default_rng(0)
    weights = {
        name: generator.integers(-128, 128, array.shape, np.int8)
        for name, array in network(units=5, inputs=2, outputs=3, cell=cell).items()
    }
    return weights, generator.integers(-(2**15), 2**15, (3, 4, 2), np.int16)


CASES: dict[str, Case] = {
    "ties of the state": (network(**HALF_GATES), np.zeros((1, 3, 1), np.int16)),
    # x * W * 2 is 2^14 * W at x = 2^13; from |x * W| = 2^21 on the hard tanh clips
    "ties and corners of the candidate": (
        network(len(CODES), encoder_kernel_h=CODES),
        one_step(8191, 8192, 8193, -8191, -8192, -8193, 16384, -16384, 32767, -32768, 1, -1),
    ),
    # GATE drops 6 bits of x * W + 2^21
    "floor and corners of the gates": (
        network(len(CODES), encoder_kernel_z=CODES, encoder_bias_h=127),
        one_step(1, -1, 31, 32, 33, 63, 64, -32, -33, 16384, -16384, 32767, -32768),
    ),
    # z is 1 from a sum of 2^22 = 127 * 2^15 + 2^15 on
    "gate of exactly 1": (
        network(2, encoder_kernel_z=127, encoder_bias_z=1, encoder_bias_h=[127, -127]),
        np.array([[0, 16384, 16384], [0, 16384, 16383]], np.int16)[:, :, np.newaxis],
    ),
    # r * 3 = 2 * 49279 + 1, and 49279 = 128 * 385 - 1: rounding s up would carry into the products
    "floor of the reset product": (
        network(**RESET, encoder_recurrent_kernel_h=1, encoder_bias_h=6),
        around_a_tie(reset=64 * 85, missing=(2**14 - 6 * 384) // 2),
    ),
    # r * -3 = -2 * 49409 + 1, and 49409 = 128 * 386 + 1
    "floor of a negative reset product": (
        network(**RESET, encoder_recurrent_kernel_h=1, encoder_bias_h=-6),
        around_a_tie(reset=64 * 171, missing=(2**14 + 6 * 387) // 2),
    ),
    # the same s = 128 * 384 + 127 makes the largest and the smallest rest that is dropped
    "largest rests of the candidate's products": (
        network(**RESET, encoder_recurrent_kernel_h=127, encoder_bias_h=6),
        around_a_tie(reset=64 * 85, missing=(19 * 2**14 - 6 * 48894) // 2),
    ),
    "smallest rests of the candidate's products": (
        network(**RESET, encoder_recurrent_kernel_h=-128, encoder_bias_h=6),
        around_a_tie(reset=64 * 85, missing=(6 * 49279 - 17 * 2**14) // 2),
    ),
    # s = 49153 = 128 * 384 + 1: each product with -1 is floored to -385
    "floor of each product of the candidate": (
        network(**RESET, encoder_recurrent_kernel_h=-1, encoder_bias_h=6),
        around_a_tie(reset=64, missing=(2**14 + 6 * 385) // 2),
    ),
    # z = 32769 or 32767 and odd c: h' ends on a half
    "floor of the hidden state": (network(**HALF_GATES, encoder_kernel_z=1), one_step(64, -64, 0)),
    # The decoder's h is 16385 = 128 * 128 + 1: the product with -1 is floored to -129, and the sum
    # is one below a tie of OUTPUT, whether the compiled loop takes these products as a four or not
    "floor of each product of the dense layer": (
        network(
            units=6,
            outputs=3,
            encoder_bias_h=2,
            decoder_recurrent_kernel_z=np.eye(6, dtype=int),
            dense_kernel=[[17, 0, 49], [-1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 17, 0], [0, -1, -1]],
        ),
        one_step(0),
    ),
    # h = 2^14: the dense sum is 2^7 * W
    "ties of the output": (
        network(
            units=1,
            outputs=10,
            encoder_bias_h=2,
            dense_kernel=[16, -16, 48, -48, 80, -80, 112, -112, 17, -17],
        ),
        one_step(0),
    ),
    # 300 * 2^15 * 2^7 * 2 > 2^31
    "wrap of the gates' accumulator": (
        network(1, inputs=300, encoder_kernel_z=-128, encoder_bias_h=127),
        np.full((1, 1, 300), -32768, np.int16),
    ),
    "wrap of the candidate's accumulator": (
        network(1, inputs=300, encoder_kernel_h=-128),
        np.full((1, 1, 300), -32768, np.int16),
    ),
    "everything at once": everything_at_once(),
}

# z = 0 and c = 127: h = 127 * 2^15, nearly 1, in every unit.
ONES = {
    "encoder_bias_z": -128,
    "encoder_bias_h": 127,
    "decoder_bias_z": -128,
    "decoder_bias_h": 127,
    "outputs": 2,
    "dense_kernel": [127, -128],
}
LARGE_CASES: dict[str, Case] = {
    "every tie of the state": (
        network(256, encoder_bias_h=np.arange(-128, 128)),
        np.zeros((1, 2, 1), np.int16),
    ),
    "every tie and corner of the candidate": (
        network(256, encoder_kernel_h=np.arange(-128, 128)),
        one_step(8192, -8192, 16384),
    ),
    "corners of the output": (network(40, **ONES), one_step(0)),  # y beyond +-32
    "wrap of the dense accumulator": (network(520, **ONES), one_step(0)),  # beyond +-512
}

# The reset after the product: q = 3 (or -3) in six units makes p = 6 * 3 and s = r * p / 2^8.
AFTER: dict[str, Any] = {**RESET, "cell": "gru-reset-after", "encoder_recurrent_kernel_h": 1}
# z = 0, so q = 127 after the first step; the recurrent sums are +-3 * 127 * 127, beyond +-2, and
# r is 65280 / 65536: s is -8355585 where p ends at -32767. The inputs take the candidate 100 beyond
# a tie, 255 above what an end of -32768 gives.
BEYOND: dict[str, Any] = {
    "units": 3,
    "inputs": 2,
    "cell": "gru-reset-after",
    "encoder_bias_z": -128,
    "encoder_bias_r": 127,
    "encoder_bias_h": 127,
    "encoder_kernel_h": [[127], [1]],
}
AFTER_CASES: dict[str, Case] = {
    "floor of the reset product after": (
        network(**AFTER, encoder_bias_h=6),
        around_a_tie(reset=64 * 8, missing=(2**14 - 2304) // 2),
    ),
    "floor of a negative reset product after": (
        network(**AFTER, encoder_bias_h=-6),
        around_a_tie(reset=64 * 15, missing=(2**14 + 2306) // 2),
    ),
    "second bias": (
        network(**AFTER, encoder_recurrent_bias_h=[1, -1, 2, -2, 127, -128]),
        around_a_tie(reset=64 * 3, missing=7),
    ),
    "ends of the recurrent sum": (
        network(**BEYOND, encoder_recurrent_kernel_h=[-128, 127, 1]),
        np.array([[[0, 0], [16576, (4210533 - 254 * 16576) // 2]]], np.int16),
    ),
    "everything at once, reset after": everything_at_once("gru-reset-after"),
}
ALL_CASES = CASES | LARGE_CASES | AFTER_CASES


@pytest.fixture(scope="module")
def expected(equations: Any) -> dict[str, Any]:
    """Compute what the equations give for each case."""
    return {case: equations(*arguments) for case, arguments in ALL_CASES.items()}


def computed(
    version: types.ModuleType, case: str, arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT
) -> tuple[Any, Any]:
    """Compute what a version of the kernel, or a mutant of one, gives for a case."""
    weights, x = ALL_CASES[case]
    specification = Specification(network_of(weights, steps=x.shape[1]), arithmetic)
    if version.__name__ == reference.__name__:
        h, y = version.infer(weights, x, specification=specification)
        return h[:, -1].tolist(), y.tolist()
    h, y = version.infer(weights, x, specification=specification, threads=1)
    return h.tolist(), y.tolist()


def killed(
    version: types.ModuleType,
    cases: Iterable[str],
    expected: dict[str, Any],
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
) -> bool:
    """Say whether a case tells a mutant from the equations."""
    return any(expected[case] != computed(version, case, arithmetic) for case in cases)


@pytest.mark.parametrize("case", CASES | LARGE_CASES)
def test_directed_vectors_by_the_general_loops(case: str, expected: dict[str, Any]) -> None:
    """So do the general loops, where those of pairs would do."""
    assert expected[case] == computed(of_general_loops(), case)


@pytest.mark.parametrize("version", [reference, kernel])
@pytest.mark.parametrize("case", ALL_CASES)
def test_directed_vectors(case: str, version: types.ModuleType, expected: dict[str, Any]) -> None:
    """Both versions give what the equations give."""
    assert expected[case] == computed(version, case)


def test_the_equations_give_the_vectors_of_the_checksums(equations: Any) -> None:
    """What the other tests compare with comes from the equations, over 135 + 135 steps."""
    h, y = equations(gru_vectors.weights(), gru_vectors.input_codes()[:, :, np.newaxis])

    assert gru_vectors.STATES == gru_vectors.checksum(h)
    assert gru_vectors.OUTPUTS == gru_vectors.checksum(y)


def test_the_equations_give_the_published_vectors(equations: Any, reference: Path) -> None:
    """The oracle is itself right, on one published sequence of 135 + 135 steps."""
    vectors = np.load(reference / "hls/vectors.npz")
    weights = np.load(reference / "hls/student_weights_int8.npz")

    h, y = equations(weights, vectors["x"][3:4, :, np.newaxis])

    assert vectors["h_encoder"][3:4].tolist() == h
    assert vectors["y"][3:4].tolist() == y


# Left out is what no value of this arithmetic can reach, such as a state of -128.
WRONG_MODES: dict[str, list[Rounding | Overflow]] = {
    "state": [Rounding.FLOOR, Rounding.HALF_UP, Rounding.TO_ZERO],
    "candidate": [Rounding.FLOOR, Rounding.HALF_UP, Rounding.TO_ZERO, Overflow.SATURATE],
    "gate": [Rounding.HALF_UP, Rounding.HALF_EVEN],
    "reset_product": [Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.TO_ZERO],
    "hidden": [Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.TO_ZERO],
    "gate_accumulator": [Overflow.SATURATE],
    "candidate_accumulator": [*Rounding, Overflow.SATURATE][1:],
    "dense_accumulator": [*Rounding, Overflow.SATURATE][1:],
    "output": [
        Rounding.FLOOR,
        Rounding.HALF_EVEN,
        Rounding.TO_ZERO,
        Overflow.WRAP,
        Overflow.SATURATE_SYMMETRIC,
    ],
}


@pytest.mark.parametrize("version", [reference, kernel])
@pytest.mark.parametrize(
    ("point", "mode"), [(point, mode) for point, modes in WRONG_MODES.items() for mode in modes]
)
def test_wrong_modes_are_killed(
    point: str, mode: Rounding | Overflow, version: types.ModuleType, expected: dict[str, Any]
) -> None:
    """Every wrong rounding or overflow that can matter changes a directed vector."""
    field = "rounding" if isinstance(mode, Rounding) else "overflow"
    right: Format = getattr(SEQ2SEQLITE_8_BIT, point)
    assert mode != getattr(right, field)
    wrong = dataclasses.replace(right, **{field: mode})
    mutant = dataclasses.replace(SEQ2SEQLITE_8_BIT, **{point: wrong})

    assert killed(version, ALL_CASES, expected, mutant)


AFTER_WRONG_MODES = [
    *(("reset_product", mode) for mode in WRONG_MODES["reset_product"]),
    ("recurrent", Overflow.WRAP),
    ("recurrent", Overflow.SATURATE),
]


@pytest.mark.parametrize("version", [reference, kernel])
@pytest.mark.parametrize(("point", "mode"), AFTER_WRONG_MODES)
def test_wrong_modes_after_the_product_are_killed(
    point: str, mode: Rounding | Overflow, version: types.ModuleType, expected: dict[str, Any]
) -> None:
    """So it is where the reset comes after the product; sums of 14 fractional bits have no ties."""
    field = "rounding" if isinstance(mode, Rounding) else "overflow"
    wrong = dataclasses.replace(getattr(SEQ2SEQLITE_8_BIT, point), **{field: mode})
    mutant = dataclasses.replace(SEQ2SEQLITE_8_BIT, **{point: wrong})

    assert killed(version, AFTER_CASES, expected, mutant)


PRODUCT = "matrix_product(q, a.state, recurrent, a.weight, accumulator)"
REFERENCE_MISTAKES = {
    "blend order": {"keep(a, z, m), renew(a, z, c)": "keep(a, z, c), renew(a, z, m)"},
    "reset after the product": {
        "+ matrix_product(state, state_format, recurrent, a.weight, accumulator)": (
            f"+ ({PRODUCT} if gate != 'h' else r * {PRODUCT} >> 16)"
        )
    },
    "no reset": {'"h", s, a.reset_product': '"h", q, a.state'},
    "floor of the sum": {
        "    terms = products(": "    terms = np.multiply(",
        "[:, :, np.newaxis], value, matrix[np.newaxis], weight, accumulator)": (
            "[:, :, np.newaxis], as_codes(matrix))"
        ),
        "np.asarray(terms.sum(axis=1))": (
            "rescale(terms.sum(axis=1), value.fraction + weight.fraction, accumulator)"
        ),
    },
    "gates exchanged": {'preactivation("r"': 'preactivation("z"'},
    "sigmoid of slope 1": {"line = np.clip(accumulated,": "line = np.clip(2 * accumulated,"},
    "dense layer of the quantized state": {
        "weights, hidden[-1])": "weights, quantize_state(arithmetic, hidden[-1]) << 15)"
    },
    "decoder from zeros": {
        "    y = np.empty(": "    hidden = [0 * state for state in hidden]\n    y = np.empty("
    },
    "decoder reads the last input": {
        "np.zeros((pixels, network.inputs), np.int64))": "as_codes(x[:, -1]))"
    },
}
AFTER_REFERENCE_MISTAKES = {
    "no second bias": {"total.limit(product + second_bias)": "total.limit(product)"},
    "no reset of the second bias": {
        "total.limit(product + second_bias)": "total.limit(product)",
        "+ reset_term(a, s))": "+ reset_term(a, s) + second_bias)",
    },
    "update in place of reset": {"reset_recurrent(a, r, p)": "reset_recurrent(a, z, p)"},
}
AFTER_LOOP_MISTAKES = {
    "second bias of another gate": {"bias[layer, 3, u]": "bias[layer, 2, u]"},
    "no ends of the recurrent sum": {
        "_cast(_limit(total[p], casts.candidate_accumulator), casts.recurrent)": (
            "_round(total[p], casts.recurrent)"
        )
    },
    "no reset": {"_cast(codes[p] * recurrent,": "_cast(recurrent << 16,"},
    "ahead of all units": {"_add_term(total, s[u],": "_add_term(total, s[0],"},
}
GENERAL_ARGUMENT_MISTAKES = {
    "ties of half even up": {"HALF_EVEN: n - 1": "HALF_EVEN: n"},
    "ties of half up down": {"HALF_UP: n,": "HALF_UP: n - 1,"},
    "1 - z in ones' complement": {
        "one_gate=1 << a.gate.fraction": "one_gate=(1 << a.gate.fraction) - 1"
    },
    "candidate aligned like a gate": {
        "(a.reset_product, a.candidate_acc": "(a.state, a.candidate_acc"
    },
}
PAIR_ARGUMENT_MISTAKES = {
    "ties of half up down": {"HALF_UP: 1 << output - 1,": "HALF_UP: (1 << output - 1) - 1,"},
    "1 - z in ones' complement": {
        '"one_gate": 1 << a.gate.fraction': '"one_gate": (1 << a.gate.fraction) - 1'
    },
    "candidate aligned like a gate": {'0 if gate == "h" else': '8 if gate == "h" else'},
    "floored products of single weights": {
        'array("recurrent_kernel", "h"), 1,': 'array("recurrent_kernel", "h"), 0,'
    },
    "states before inputs in the candidate": {
        '[inputs, states] if gate == "h" else [states, inputs]': "[states, inputs]"
    },
    "one more bit dropped of a reset product": {
        "a.reset_product.fraction + a.weight.fraction - candidate_sum": (
            "a.reset_product.fraction + a.weight.fraction + 1 - candidate_sum"
        )
    },
    "pairs exchanged": {"low & 0xFFFF | high << 16": "high & 0xFFFF | low << 16"},
    "gate of another slope": {
        "a.gate_accumulator.fraction + 1 - a.gate.fraction": (
            "a.gate_accumulator.fraction - a.gate.fraction"
        )
    },
    "no clip of the candidate below its format": {"max(point.minimum << drop, -most)": "-most"},
}
LOOP_MISTAKES = {
    "blend order": {
        "z[u, p] * m[u, p], one_gate": "z[u, p] * c[p], one_gate",
        ") * c[p], one_gate": ") * m[u, p], one_gate",
    },
    "reset after the product": {
        "s[u, p] = _cast(s[u, p] * q[u, p], casts.reset_product)": "pass",
        "_accumulate(total, s, recurrent[layer, 2, u], casts.candidate_recurrent_term)": (
            "after = 0 * total; "
            "_accumulate(after, q, recurrent[layer, 2, u], casts.gate_recurrent_term); "
            "total += s[u] * after >> 8"
        ),
    },
    "floor of four products": {
        "(_narrow(values[k, p] * w0, w0) >> right)": "((_narrow(values[k, p] * w0, w0)",
        "(_narrow(values[k + 1, p] * w1, w0) >> right)": "_narrow(values[k + 1, p] * w1, w0)",
        "(_narrow(values[k + 2, p] * w2, w0) >> right)": "_narrow(values[k + 2, p] * w2, w0)",
        "(_narrow(values[k + 3, p] * w3, w0) >> right)": (
            "_narrow(values[k + 3, p] * w3, w0)) >> right)"
        ),
    },
    "ties to odd": {"(below & cast.even)": "(cast.even - (below & cast.even))"},
    "floor for every rounding": {"below + (rest >> right)": "below"},
    "no clip at the low end": {"min(max(code, cast.minimum),": "min(code,"},
    "no lower end of the sigmoid": {
        "max(_limit(total[p], accumulator), -one), one) + one": (
            "_limit(total[p], accumulator), one) + one"
        )
    },
    "gates exchanged": {"kernel[layer, 1, u]": "kernel[layer, 0, u]"},
    "first input only": {"values = x[t]": "values = x[0]"},
    "state of the first unit": {"_cast(read[u, p], casts.state)": "_cast(read[0, p], casts.state)"},
    "dense layer of the old state": {
        "_accumulate(total, hidden[layers - 1]": "_accumulate(total, q << 15"
    },
}

PAIR_LOOP_MISTAKES = {
    "blend order": {
        "old = up(mul(z, state)": "old = up(mul(z, candidate)",
        "z), candidate)": "z), state)",
    },
    "reset of the wrong state": {"points), _high(state))": "points), _low(state))"},
    "ties to odd": {
        "odd = both(down(within, shift), 1)": "odd = sub(1, both(down(within, shift), 1))"
    },
    "floor for every rounding": {"add(within, add(half, odd))": "within"},
    "no clip at the low end": {"lesser(greater(value, least), most)": "lesser(value, most)"},
    "no clip at the high end": {"lesser(greater(value, least), most)": "greater(value, least)"},
    "gates exchanged": {"bias, units + u, length": "bias, u, length"},
    "first input only": {"x[t])": "x[0])"},
    "no floor of a product": {"        _floors(sums, 0, below, floors, u, units // 2)\n": ""},
    "state of the first unit": {"_nearest(hidden[u, p], shift": "_nearest(hidden[0, p], shift"},
    "dense layer of the old state": {"y[t], hidden[layers - 1]": "y[t], stored << 15"},
    "floor of the output": {"add(half, both(whole, even))": "both(whole, even)"},
}


def mutated(module: types.ModuleType, mistake: dict[str, str]) -> types.ModuleType:
    """Copy a module with pieces of its source exchanged."""
    source = Path(str(module.__file__)).read_text()
    for right, wrong in mistake.items():
        assert 1 == source.count(right), f"{right!r} is not one piece of {module.__file__}"
        source = source.replace(right, wrong)
    mutant = types.ModuleType(module.__name__)
    exec(compile(source, f"<mutant of {module.__name__}>", "exec"), mutant.__dict__)
    return mutant


def interpreted(mistake: dict[str, str]) -> types.ModuleType:
    """Copy the kernel with its loops left to the interpreter, where NumPy keeps the types."""
    uncompiled = {
        "from stomp_flim.machine_code import kept": "kept = lambda **_: lambda function: function",
        "from numba import prange": "",
        "from numba.extending import overload": "overload = lambda right: lambda wrong: None",
    }
    loops = mutated(general, uncompiled | mistake)
    vars(loops).update(_narrow=lambda code, like: type(like)(code), _amount=lambda shift: shift)
    return of_general_loops(general=loops)


def of_general_loops(**parts: Any) -> types.ModuleType:
    """Copy the kernel with parts exchanged, and the general loops for every arithmetic."""
    never = types.SimpleNamespace(fit=lambda specification: False)
    return of_parts(pair_arguments=never, **parts)


def of_parts(**parts: Any) -> types.ModuleType:
    """Copy the kernel with modules that it imports exchanged."""
    copy = mutated(kernel, {})
    vars(copy).update(parts)
    return copy


def interpreted_pairs(mistake: dict[str, str]) -> types.ModuleType:
    """Copy the kernel with its loops of pairs left to the interpreter."""
    uncompiled = {
        "from stomp_flim.machine_code import kept": (
            "kept = lambda *_, **__: lambda function: function"
        ),
        "_njit: Any = numba.njit": "_njit = kept",
        '(Path(__file__).parent / "vectors.py").read_bytes()': "None",
        "from numba import prange": "",
    }
    loops = mutated(pairs, uncompiled | mistake)
    vars(loops).update(pair_operations.ALL)
    return of_parts(pairs=loops)


@pytest.mark.parametrize("mistake", REFERENCE_MISTAKES)
def test_mutants_of_the_reference_are_killed(mistake: str, expected: dict[str, Any]) -> None:
    """Every mistake of structure in the reference changes a directed vector.

    A missing hard tanh is none in this arithmetic: CANDIDATE itself ends at 1.
    """
    assert killed(mutated(reference, REFERENCE_MISTAKES[mistake]), CASES, expected)


@pytest.mark.parametrize("mistake", AFTER_REFERENCE_MISTAKES)
def test_mutants_after_the_product_are_killed(mistake: str, expected: dict[str, Any]) -> None:
    """Every mistake in what the reset after the product adds to the reference."""
    mutant = mutated(reference, AFTER_REFERENCE_MISTAKES[mistake])
    assert killed(mutant, AFTER_CASES, expected)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("mistake", AFTER_LOOP_MISTAKES)
def test_mutants_of_the_loops_after_the_product_are_killed(
    mistake: str, expected: dict[str, Any]
) -> None:
    """Every mistake in what it adds to the compiled loops."""
    assert killed(interpreted(AFTER_LOOP_MISTAKES[mistake]), AFTER_CASES, expected)


def test_a_mutant_of_the_kernel_is_killed(expected: dict[str, Any]) -> None:
    """A decoder that starts from zeros changes a directed vector."""
    mistake = {"nothing, hidden, outputs": "nothing, 0 * hidden, outputs"}
    assert killed(mutated(kernel, mistake), ALL_CASES, expected)


@pytest.mark.parametrize("mistake", GENERAL_ARGUMENT_MISTAKES)
def test_mutants_of_the_general_arguments_are_killed(
    mistake: str, expected: dict[str, Any]
) -> None:
    """Every mistake in what the general loops are given changes a directed vector."""
    mutant = mutated(general_arguments, GENERAL_ARGUMENT_MISTAKES[mistake])
    assert killed(of_general_loops(general_arguments=mutant), ALL_CASES, expected)


@pytest.mark.parametrize("mistake", PAIR_ARGUMENT_MISTAKES)
def test_mutants_of_the_arguments_of_pairs_are_killed(
    mistake: str, expected: dict[str, Any]
) -> None:
    """Every mistake in what the loops of pairs are given changes a directed vector."""
    mutant = mutated(pair_arguments, PAIR_ARGUMENT_MISTAKES[mistake])
    assert killed(of_parts(pair_arguments=mutant), ALL_CASES, expected)


@pytest.mark.parametrize("mistake", PAIR_LOOP_MISTAKES)
def test_mutants_of_the_loops_of_pairs_are_killed(mistake: str, expected: dict[str, Any]) -> None:
    """Every mistake in the compiled loops of pairs changes a directed vector."""
    assert killed(interpreted_pairs(PAIR_LOOP_MISTAKES[mistake]), CASES, expected)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("mistake", LOOP_MISTAKES)
def test_mutants_of_the_loops_are_killed(mistake: str, expected: dict[str, Any]) -> None:
    """Every mistake in the compiled loops changes a directed vector."""
    assert killed(interpreted(LOOP_MISTAKES[mistake]), CASES, expected)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("case", CASES | AFTER_CASES)
def test_interpreted_loops_are_right_without_a_mistake(case: str, expected: dict[str, Any]) -> None:
    """What kills the mutants of the loops is their mistake, not the interpreter."""
    assert expected[case] == computed(interpreted({}), case)
    assert expected[case] == computed(interpreted_pairs({}), case)


@pytest.mark.parametrize("module", [reference, kernel])
def test_copies_are_right_without_a_mistake(
    module: types.ModuleType, expected: dict[str, Any]
) -> None:
    """What kills the other mutants is their mistake, not the copy."""
    assert not killed(mutated(module, {}), CASES | AFTER_CASES, expected)
