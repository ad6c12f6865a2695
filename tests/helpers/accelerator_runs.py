"""What the integer kernel makes of seeded weights and inputs, for comparison with a replay."""

from __future__ import annotations

from functools import cache

import numpy as np

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import seeded_weights
from hwmodels.network import Network
from workloads.accelerator.interpreter import Inference
from workloads.flim.lifetimes.lifetimes import lifetimes


def inputs(network: Network, pixels: int, seed: int = 0) -> np.ndarray:
    """Return input codes of the whole range of the published format."""
    shape = (pixels, network.steps, network.inputs)
    return np.random.default_rng(seed).integers(-(2**15), 2**15, shape).astype(np.int16)


@cache
def expected_of(network: Network, pixels: int, seed: int = 0) -> Inference:
    """Return what the kernel makes of seeded weights and inputs."""
    weights, x = seeded_weights(network, seed), inputs(network, pixels, seed)
    states, y = infer(weights, x, every_layer=True, threads=1)
    found = lifetimes(SEQ2SEQLITE_8_BIT.output.to_real(y)) if network.outputs == 3 else None
    return Inference(states[:, -1], y, found, states)


def entering(stage: str, x: np.ndarray, expected: Inference) -> np.ndarray:
    """Return what enters a stage."""
    return {"decoder": expected.h_every_layer, "postprocess": expected.y}.get(stage, x)


def assert_equal(stage: str, expected: Inference, actual: Inference) -> None:
    """Compare what a stage computes bit for bit, with types and shapes; the rest is not there."""
    computed = {
        "encoder": ("h_encoder", "h_every_layer"),
        "decoder": ("y",),
        "postprocess": ("lifetimes",),
        "pipeline": Inference._fields,
    }
    for name in Inference._fields:
        wanted, found = getattr(expected, name), getattr(actual, name)
        if name not in computed[stage]:
            assert found is None
        elif name == "lifetimes":
            for number in ("tau_ns", "fraction", "mean_ns"):
                assert getattr(wanted, number).shape == getattr(found, number).shape
                assert getattr(wanted, number).tobytes() == getattr(found, number).tobytes()
        else:
            assert (wanted.dtype, wanted.shape) == (found.dtype, found.shape)
            assert wanted.tobytes() == found.tobytes()
