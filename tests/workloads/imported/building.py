"""ONNX models written by hand: a graph in the making, and random weights for it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
IR_VERSION = 9


class Graph:
    """Nodes and weights in the making; `node` returns the names of its outputs."""

    def __init__(self, prefix=""):
        self.prefix = prefix
        self.nodes, self.weights = [], []

    def weight(self, array, dtype=np.float32):
        """Add a constant and return its name."""
        name = f"{self.prefix}w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array, dtype), name))
        return name

    def ints(self, *values):
        """Add a list of whole numbers and return its name."""
        return self.weight(values, np.int64)

    def node(self, kind, *inputs, outputs=1, **attributes):
        """Add a node; one output is a name, several are a list."""
        number = len(self.nodes)
        names = (
            [f"{self.prefix}{kind}_{number}_{i}" for i in range(outputs)]
            if isinstance(outputs, int)
            else outputs
        )
        name = f"{self.prefix}{kind}_{number}"
        self.nodes.append(helper.make_node(kind, list(inputs), names, name, **attributes))
        return names[0] if len(names) == 1 else names

    def graph(self, inputs, outputs, types=None):
        """Return the graph; `inputs` gives shapes by name, and `outputs` may."""
        types = types or {}
        return helper.make_graph(
            self.nodes,
            self.prefix or "made",
            [info(name, shape, types.get(name, FLOAT)) for name, shape in inputs.items()],
            [info(name, outputs[name] if isinstance(outputs, dict) else None) for name in outputs],
            self.weights,
        )

    def model(self, inputs, outputs, opset=17, domains=(), types=None):
        """Return the model."""
        imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
        graph = self.graph(inputs, outputs, types)
        return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION)


def info(name, shape, kind=FLOAT):
    """Return what a file says of an input or an output."""
    return helper.make_tensor_value_info(name, kind, shape)


def recurrent(graph, kind, x, inputs, units, directions=1, *, seed=0, bias=True, **given):
    """Add a GRU, LSTM or RNN with random weights; return the names of all its outputs.

    `given` holds the operands `lengths`, `hidden`, `cell` and `peepholes` by name and attributes.
    """
    generator = np.random.default_rng(seed)
    rows = {"GRU": 3, "LSTM": 4, "RNN": 1}[kind] * units
    operands = [given.pop(name, "") for name in ("lengths", "hidden", "cell", "peepholes")]
    weights = [
        graph.weight(generator.normal(0, scale, shape))
        for scale, shape in (
            (0.7, (directions, rows, inputs)),
            (1 / units**0.5, (directions, rows, units)),
            (0.3, (directions, 2 * rows)),
        )[: 3 if bias else 2]
    ]
    names = [x, *weights, *([] if bias else [""]), *operands]
    while not names[-1]:
        names.pop()
    return graph.node(kind, *names, outputs=3 if kind == "LSTM" else 2, hidden_size=units, **given)


def saved(model, folder, name="model.onnx"):
    """Write a model and return its path."""
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def by_onnxruntime(model, inputs):
    """Return the outputs that onnxruntime computes, by name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, dict(inputs)), strict=True))


def checked(model):
    """Return a model with the shapes of its outputs, which ONNX's own checker accepts."""
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    onnx.checker.check_model(model)
    return model
