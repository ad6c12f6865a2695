"""Models by hand: every form of the recurrent operators, Keras' conventions, loops, codes.

Each function returns a model and the shapes of its inputs for an example.
"""

import numpy as np
from onnx import TensorProto, helper

from tests.workloads.imported.building import Graph, checked, info, recurrent

STEPS, BATCH, INPUTS, UNITS = 7, 2, 3, 4
X = (STEPS, BATCH, INPUTS)


def one_layer(kind, directions=1, *, steps="steps", batch="batch", shapes=None, **given):
    """Return a model of one recurrent operator, all its outputs and operands offered."""
    graph = Graph()
    more = {
        "hidden": (directions, batch, UNITS),
        "cell": (directions, batch, UNITS),
        "lengths": (batch,),
    }
    inputs = {name: shape for name, shape in more.items() if given.get(name) == name}
    if "peepholes" in given:
        values = np.random.default_rng(5).normal(0, 0.5, (directions, 3 * UNITS))
        given["peepholes"] = graph.weight(values)
    outputs = recurrent(graph, kind, "x", INPUTS, UNITS, directions, **given)
    sizes = {name: [BATCH if n == batch else n for n in shape] for name, shape in inputs.items()}
    example = {"x": shapes or X, **sizes}
    model = graph.model(
        {"x": (steps, batch, INPUTS), **inputs}, outputs, types={"lengths": TensorProto.INT32}
    )
    return checked(model), example


def batch_first():
    """Return a GRU whose batch comes before the steps."""
    return one_layer("GRU", steps="batch", batch="steps", shapes=(BATCH, STEPS, INPUTS), layout=1)


def keras(reset_after, activation="Sigmoid"):
    """Return what Keras' converter makes of GRU and Dense: batch first, sequence in, sequence out.

    With the reset after the product there are two biases, with the reset before it one.
    """
    graph = Graph()
    x = graph.node("Transpose", "x", perm=[1, 0, 2])
    y, _ = recurrent(
        graph, "GRU", x, INPUTS, UNITS, linear_before_reset=int(reset_after),
        activations=[activation, "Tanh"], direction="forward",
    )  # fmt: skip
    y = graph.node("Transpose", graph.node("Squeeze", y, graph.ints(1)), perm=[1, 0, 2])
    generator = np.random.default_rng(2)
    dense = graph.node("MatMul", y, graph.weight(generator.normal(size=(UNITS, 3))))
    out = graph.node("Add", dense, graph.weight(generator.normal(size=3)), outputs=["out"])
    return checked(graph.model({"x": ("batch", "steps", INPUTS)}, [out])), {"x": (2, 6, INPUTS)}


def published(layers, units, steps, *, dynamic=False, outputs=3):
    """Return the published form: GRU encoder, decoder without input from its states, dense."""
    graph, states, x = Graph(), [], "x"
    for layer in range(layers):
        y, h = recurrent(graph, "GRU", x, 1 if layer == 0 else units, units, seed=layer)
        x = graph.node("Squeeze", y, graph.ints(1))
        states.append(h)
    shape = graph.node("Shape", "x")
    x = graph.node("ConstantOfShape", shape)
    for layer in range(layers):
        y, _ = recurrent(
            graph,
            "GRU",
            x,
            1 if layer == 0 else units,
            units,
            seed=10 + layer,
            hidden=states[layer],
        )
        x = graph.node("Squeeze", y, graph.ints(1))
    generator = np.random.default_rng(3)
    dense = graph.node("MatMul", x, graph.weight(generator.normal(0, 0.3, (units, outputs))))
    out = graph.node("Add", dense, graph.weight(generator.normal(size=outputs)), outputs=["y"])
    model = graph.model({"x": ("steps" if dynamic else steps, 1, 1)}, [out])
    return checked(model), {"x": (steps, 1, 1)}


def gru_step(graph, x, h, *, after, inputs=INPUTS, units=UNITS, seed=0, hard=False):
    """Add one step of a GRU in single operators; return the new state."""
    generator = np.random.default_rng(seed)

    def affine(value, size, columns):
        kernel = graph.weight(generator.normal(0, 0.5, (size, columns)))
        product = graph.node("MatMul", value, kernel)
        return graph.node("Add", product, graph.weight(generator.normal(0, 0.3, columns)))

    def gate(value):
        return graph.node("HardSigmoid" if hard else "Sigmoid", value)

    wx = affine(x, inputs, 3 * units)
    parts = graph.node("Split", wx, graph.ints(units, units, units), outputs=3, axis=-1)
    z = gate(graph.node("Add", parts[0], affine(h, units, units)))
    r = gate(graph.node("Add", parts[1], affine(h, units, units)))
    if after:
        reset = graph.node("Mul", r, affine(h, units, units))
    else:
        reset = affine(graph.node("Mul", r, h), units, units)
    c = graph.node("Add", parts[2], reset)
    bounds = (graph.weight(-1), graph.weight(1)) if hard else ()
    c = graph.node("Clip" if hard else "Tanh", c, *bounds)
    one_minus = graph.node("Sub", graph.weight(1), z)
    kept, renewed = graph.node("Mul", z, h), graph.node("Mul", one_minus, c)
    return graph.node("Add", kept, renewed)


def lstm_step(graph, x, h, s, *, inputs=INPUTS, units=UNITS):
    """Add one step of an LSTM in single operators; return both new states."""
    generator = np.random.default_rng(8)
    joined = graph.node("Concat", x, h, axis=1)
    kernel = graph.weight(generator.normal(0, 0.5, (inputs + units, 4 * units)))
    bias = graph.weight(generator.normal(0, 0.3, 4 * units))
    i, g, f, o = graph.node("Split", graph.node("Gemm", joined, kernel, bias), outputs=4, axis=1)
    i, f, o = (graph.node("Sigmoid", a) for a in (i, f, o))
    kept, new = graph.node("Mul", f, s), graph.node("Mul", i, graph.node("Tanh", g))
    s = graph.node("Add", kept, new)
    return graph.node("Mul", o, graph.node("Tanh", s)), s


def scan(cell, *, dense=False, backwards=False, hard=False):
    """Return a Scan over a cell in single operators: `"before"`, `"after"` or `"lstm"`."""
    body = Graph("body_")
    shapes = {"h": (BATCH, UNITS), "x_t": (BATCH, INPUTS)}
    if cell == "lstm":
        shapes = {"h": (BATCH, UNITS), "s": (BATCH, UNITS), "x_t": (BATCH, INPUTS)}
        states = list(lstm_step(body, "x_t", "h", "s"))
    else:
        states = [gru_step(body, "x_t", "h", after=cell == "after", hard=hard)]
    y = body.node("Identity", states[0])
    if dense:
        generator = np.random.default_rng(4)
        weights = [body.weight(generator.normal(size=size)) for size in ((2, UNITS), 2)]
        y = body.node("Gemm", y, *weights, transB=1)
    graph = Graph()
    zeros = graph.weight(np.zeros((BATCH, UNITS)))
    outputs = [*(f"last_{i}" for i in range(len(states))), "y"]
    graph.node(
        "Scan", *[zeros] * len(states), "x", outputs=outputs, body=body.graph(shapes, [*states, y]),
        num_scan_inputs=1, scan_input_directions=[int(backwards)],
        scan_output_directions=[int(backwards)],
    )  # fmt: skip
    return checked(graph.model({"x": ("steps", BATCH, INPUTS)}, outputs)), {"x": X}


def loop():
    """Return a Loop over a plain recurrent cell that gathers its input of each step."""
    body, generator = Graph("body_"), np.random.default_rng(6)
    x = body.node("Gather", "x", "t", axis=0)
    u, w = (body.weight(generator.normal(0, 0.5, (n, UNITS))) for n in (UNITS, INPUTS))
    h = body.node("Add", body.node("MatMul", x, w), body.node("MatMul", "h", u))
    h = body.node("Relu", body.node("Add", h, body.weight(generator.normal(size=UNITS))))
    y = body.node("Identity", h)
    goes_on = body.node("Identity", "condition")
    inner = helper.make_graph(
        body.nodes,
        "body",
        [
            info("t", (), TensorProto.INT64),
            info("condition", (), TensorProto.BOOL),
            info("h", (BATCH, UNITS)),
        ],
        [info(goes_on, (), TensorProto.BOOL), *(info(name, (BATCH, UNITS)) for name in (h, y))],
        body.weights,
    )
    graph = Graph()
    steps = graph.node("Gather", graph.node("Shape", "x"), graph.weight(0, np.int64))
    zeros = graph.weight(np.zeros((BATCH, UNITS)))
    outputs = {"last": (BATCH, UNITS), "y": ("steps", BATCH, UNITS)}
    graph.node("Loop", steps, "", zeros, outputs=["last", "y"], body=inner)
    return checked(graph.model({"x": ("steps", BATCH, INPUTS)}, outputs)), {"x": X}


def quantized(*, per_axis):
    """Return a GRU whose weights are codes of 8 bits with a scale."""
    graph, generator = Graph(), np.random.default_rng(9)
    scales = generator.uniform(0.005, 0.02, 3 * UNITS if per_axis else ())

    def weights(columns):
        codes = graph.weight(generator.integers(-127, 128, (3 * UNITS, columns)), np.int8)
        zeros = graph.weight(np.zeros_like(scales), np.int8)
        more = {"axis": 0} if per_axis else {}
        real = graph.node("DequantizeLinear", codes, graph.weight(scales), zeros, **more)
        return graph.node("Unsqueeze", real, graph.ints(0))

    bias = graph.weight(generator.normal(0, 0.3, (1, 6 * UNITS)))
    outputs = graph.node(
        "GRU", "x", weights(INPUTS), weights(UNITS), bias, outputs=2, hidden_size=UNITS
    )
    return checked(graph.model({"x": ("steps", BATCH, INPUTS)}, outputs)), {"x": X}


QONNX = "qonnx.custom_op.general"


def quant(*, defined):
    """Return a dense layer with QONNX's Quant around its weights.

    With `defined` the file says itself what Quant is, so that any runtime can run it.
    """
    graph, generator = Graph(), np.random.default_rng(11)
    weight = graph.weight(generator.normal(0, 0.5, (INPUTS, UNITS)))
    bits, scale, zero = graph.weight(4), graph.weight(0.125), graph.weight(0)
    rounded = graph.node(
        "Quant", weight, scale, zero, bits, domain=QONNX, signed=1, narrow=1, rounding_mode="ROUND"
    )
    out = graph.node("Relu", graph.node("MatMul", "x", rounded), outputs=["out"])
    model = graph.model({"x": (BATCH, INPUTS)}, [out], domains=(QONNX,))
    if defined:
        nodes = [
            helper.make_node("Constant", [], ["one"], value_float=1.0),
            helper.make_node("Constant", [], ["two"], value_float=2.0),
            helper.make_node("Sub", ["bits", "one"], ["less"]),
            helper.make_node("Pow", ["two", "less"], ["half"]),
            helper.make_node("Sub", ["half", "one"], ["high"]),
            helper.make_node("Neg", ["high"], ["low"]),
            helper.make_node("Div", ["v", "scale"], ["quotient"]),
            helper.make_node("Add", ["quotient", "zero"], ["moved"]),
            helper.make_node("Min", ["moved", "high"], ["below"]),
            helper.make_node("Max", ["below", "low"], ["inside"]),
            helper.make_node("Round", ["inside"], ["code"]),
            helper.make_node("Sub", ["code", "zero"], ["back"]),
            helper.make_node("Mul", ["back", "scale"], ["result"]),
        ]
        model.functions.append(
            helper.make_function(
                QONNX, "Quant", ["v", "scale", "zero", "bits"], ["result"], nodes,
                [helper.make_opsetid("", 17)], ["signed", "narrow", "rounding_mode"],
            )
        )  # fmt: skip
    return model, {"x": (BATCH, INPUTS)}


def elementwise():
    """Return a chain of element-wise operators and reductions around a matrix product."""
    graph = Graph()
    w = graph.weight(np.random.default_rng(12).normal(size=(INPUTS, UNITS)))
    y = graph.node("Clip", graph.node("MatMul", "x", w), graph.weight(-1), graph.weight(2))
    y = graph.node("Mul", graph.node("Exp", y), graph.node("HardSigmoid", y, alpha=0.25))
    y = graph.node("Where", graph.node("Greater", y, graph.weight(0.5)), y, graph.weight(0.1))
    y = graph.node("Div", y, graph.node("ReduceSum", y, graph.ints(-1), keepdims=1))
    y = graph.node("Pow", graph.node("Sqrt", y), graph.weight(3))
    y = graph.node("Softmax", graph.node("Sub", y, graph.node("ReduceMean", y, axes=[0])))
    y = graph.node("Pad", y, graph.ints(0, 0, 1, 0, 0, 1), graph.weight(0.5), outputs=["out"])
    return checked(graph.model({"x": ("steps", BATCH, INPUTS)}, [y])), {"x": X}


def branches():
    """Return a choice between two graphs that both see what is outside."""
    graph, then, other = Graph(), Graph("then_"), Graph("else_")
    mean = graph.node("ReduceMean", "x", keepdims=0)
    positive = graph.node("Greater", mean, graph.weight(0))
    first = then.node("Tanh", "x")
    second = other.node("Mul", "x", mean)
    out = graph.node(
        "If", positive, outputs=["out"],
        then_branch=then.graph({}, [first]), else_branch=other.graph({}, [second]),
    )  # fmt: skip
    return checked(graph.model({"x": (BATCH, INPUTS)}, [out])), {"x": (BATCH, INPUTS)}


def of_2019():
    """Return operators as they stood in version 9: axes and bounds are attributes."""
    graph = Graph()
    y = graph.node("Unsqueeze", "x", axes=[0])
    y = graph.node("Slice", y, starts=[1], ends=[3], axes=[2])
    y = graph.node("Squeeze", graph.node("Clip", y, min=-0.5, max=0.7), axes=[0])
    y = graph.node("Softmax", graph.node("Split", y, outputs=2, axis=0, split=[1, 1])[1], axis=1)
    y = graph.node("ReduceSum", y, axes=[1], keepdims=0, outputs=["out"])
    return checked(graph.model({"x": (BATCH, INPUTS, 4)}, [y], opset=9)), {"x": (BATCH, INPUTS, 4)}


HARD = {"activations": ["HardSigmoid", "Tanh"]}
MODELS = {
    "gru, reset before": lambda: one_layer("GRU"),
    "gru, reset after": lambda: one_layer("GRU", linear_before_reset=1),
    "gru, without bias": lambda: one_layer("GRU", bias=False),
    "gru, reverse": lambda: one_layer("GRU", direction="reverse", linear_before_reset=1),
    "gru, bidirectional, initial states": lambda: one_layer(
        "GRU", 2, direction="bidirectional", hidden="hidden"
    ),
    "gru, clipped": lambda: one_layer("GRU", clip=0.3),
    "gru, hard": lambda: one_layer("GRU", **HARD, linear_before_reset=1),
    "gru, other activations": lambda: one_layer(
        "GRU", activations=["HardSigmoid", "LeakyRelu"], activation_alpha=[0.3, 0.05],
        activation_beta=[0.4],
    ),
    "gru, lengths": lambda: one_layer("GRU", 2, direction="bidirectional", lengths="lengths"),
    "gru, batch first": batch_first,
    "lstm": lambda: one_layer("LSTM"),
    "lstm, peepholes": lambda: one_layer("LSTM", peepholes=True),
    "lstm, coupled gates": lambda: one_layer("LSTM", input_forget=1),
    "lstm, bidirectional, initial states": lambda: one_layer(
        "LSTM", 2, direction="bidirectional", hidden="hidden", cell="cell", clip=0.8
    ),
    "lstm, hard": lambda: one_layer("LSTM", activations=["HardSigmoid", "Softsign", "Relu"]),
    "lstm, reverse, lengths": lambda: one_layer("LSTM", direction="reverse", lengths="lengths"),
    "rnn": lambda: one_layer("RNN"),
    "rnn, bidirectional": lambda: one_layer(
        "RNN", 2, direction="bidirectional", activations=["Relu", "Affine"],
        activation_alpha=[0.5], activation_beta=[0.1],
    ),
    "keras, reset after": lambda: keras(True),
    "keras, reset before, hard": lambda: keras(False, "HardSigmoid"),
    "published, one layer": lambda: published(1, 8, 9),
    "published, two layers": lambda: published(2, 8, 9, dynamic=True),
    "scan, reset before": lambda: scan("before"),
    "scan, reset after, dense": lambda: scan("after", dense=True),
    "scan, reset before, hard, dense": lambda: scan("before", dense=True, hard=True),
    "scan, lstm, backwards": lambda: scan("lstm", backwards=True),
    "loop, rnn": loop,
    "codes, one scale": lambda: quantized(per_axis=False),
    "codes, a scale for each row": lambda: quantized(per_axis=True),
    "quant, defined by the file": lambda: quant(defined=True),
    "elementwise": elementwise,
    "branches": branches,
    "operators of 2019": of_2019,
}  # fmt: skip
"""By hand; with those of PyTorch in `torch_models` all that `run` is held against onnxruntime."""
