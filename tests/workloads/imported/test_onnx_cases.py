"""The covered operators against the cases that ONNX itself brings for them."""

import re
import warnings
from importlib import import_module

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper
from onnx.backend.test.case import node as cases

from stomp_flim.errors import InputError
from tests.workloads.imported.building import saved
from workloads.imported.document import read
from workloads.imported.execution import Execution
from workloads.imported.graph import as_float64

MODULES = re.findall(
    r"\w+",
    """
    abs add and_ argmax argmin batch_normalization cast castlike ceil clip concat constant
    constantofshape cos dequantizelinear div dropout elu equal exp expand flatten floor gather
    gatherelements gemm greater greater_or_equal gru hardsigmoid hardswish identity if_
    layernormalization leakyrelu less less_or_equal log logsoftmax loop lstm matmul max mean
    min mod mul neg not_ or_ pad pow prelu quantizelinear rangeop reciprocal reducel1 reducel2
    reducemax reducemean reducemin reduceprod reducesum reducesumsquare relu reshape
    reversesequence rnn round scan scatterelements scatternd sequenceinsert shape sigmoid sign
    sin size slice softmax softplus softsign split splittosequence sqrt squeeze sub sum tanh
    thresholdedrelu tile transpose unsqueeze where xor
    """,
)

NARROW = "(?i)float16|FLOAT8|FLOAT4|FLOAT6|INT4|INT2|STRING|string|e[45]m[23]|u?int[24]|float4e"
"""Cases of types that do not occur around recurrent networks, whose tensors are not tested."""

REFUSED = re.compile(
    "training|dropout_default_mask|blocked|_(edge|reflect|wrap)_pad|reduce_(max|min)_empty_set|layer_normalization_.*(axis|_axis|epsilon|[0-9])$"
    "|if_opt|loop16_seq_none|test_scan_sum|test_not_"
    "|scatter.*(reduction|duplicate|add|multiply|max|min)|batchnorm_.*training"
)
"""Cases of what is not covered, each with one clear error."""


def collected():
    """Return the cases of each module: those that came with it."""
    found, seen = {}, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the cases' own arithmetic
        for module in MODULES:
            import_module(f"{cases.__name__}.{module}")
            found[module], seen = cases._NodeTestCases[seen:], len(cases._NodeTestCases)
    return found


CASES = collected()


def converted(value):
    """Return an array or a sequence in our types."""
    if isinstance(value, list):
        return tuple(map(converted, value))
    is_tensor = isinstance(value, TensorProto)
    return as_float64(numpy_helper.to_array(value) if is_tensor else np.asarray(value))


def flat(value):
    """Return the arrays of a value."""
    return list(value) if isinstance(value, tuple) else [value]


def results(path, model, inputs):
    """Return what a run gives."""
    names = [value.name for value in model.graph.input]
    given = dict(zip(names, map(converted, inputs), strict=True))
    return list(Execution(read(path)).run(given).values())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("module", MODULES)
def test_an_operator_does_what_its_specification_shows(module, tmp_path):
    """All cases: the values that ONNX gives, or one clear error where something is refused."""
    checked = 0
    for case in CASES[module]:
        if re.search(NARROW, case.name) or "_expanded" in case.name:
            continue
        path, refused = saved(case.model, tmp_path), REFUSED.search(case.name)
        for inputs, outputs in case.data_sets:
            checked += 1
            if refused:
                with pytest.raises(InputError, match=r"node|operator set"):
                    results(path, case.model, inputs)
                continue
            found = results(path, case.model, inputs)
            for expected, ours in zip(outputs, found, strict=True):
                for one, other in zip(flat(converted(expected)), flat(ours), strict=True):
                    assert one.shape == other.shape, case.name
                    np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-6)
    assert checked
