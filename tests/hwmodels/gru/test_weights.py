"""Weights: names, checks, files and seeded stand-ins."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Specification
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import (
    array_shapes,
    check_weights,
    checksum,
    network_of,
    read_weights,
    seeded_weights,
    write_weights,
)
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Cell, Network
from stomp_flim.errors import InputError

NETWORK = Network("stacked", layers=2, hidden_units=4, inputs=3, outputs=2, steps=7)


def test_the_published_size_has_its_parameters() -> None:
    """Seq2SeqLite has 6,627 weights in 20 arrays."""
    sizes = [math.prod(shape) for shape in array_shapes(SEQ2SEQLITE).values()]
    assert (20, 6627) == (len(sizes), sum(sizes))


def test_published_file_has_the_names_and_shapes(reference: Path) -> None:
    """The published student is a network of one layer by these names, 6,627 parameters."""
    weights = read_weights(reference / "hls/student_weights_int8.npz")

    assert list(array_shapes(SEQ2SEQLITE)) == list(weights)
    assert 6627 == sum(array.size for array in weights.values())
    assert {np.dtype(np.int8)} == {array.dtype for array in weights.values()}


def test_names_of_further_layers_carry_their_number() -> None:
    """The second layer of a stage is numbered 1; its kernel reads the units below."""
    shapes = array_shapes(NETWORK)

    assert (3, 4) == shapes["sencgru_kernel_z"]
    assert (4, 4) == shapes["sencgru_1_kernel_z"]
    assert (4,) == shapes["sdecgru_1_bias_h"]
    assert (4, 2) == shapes["sdec_dense_kernel"]
    assert 2 * 2 * 9 + 2 == len(shapes)


@given(
    st.builds(
        Network,
        st.just("network"),
        layers=st.integers(1, 12),
        hidden_units=st.integers(1, 5),
        inputs=st.integers(1, 4),
        outputs=st.integers(1, 4),
        steps=st.integers(1, 9),
        cell=st.sampled_from(get_args(Cell)),
    )
)
def test_a_network_is_read_off_its_arrays(network: Network) -> None:
    """All sizes but the number of steps."""
    assert network == network_of(seeded_weights(network, 0), network.steps)


@pytest.mark.parametrize("arithmetic", [SEQ2SEQLITE_8_BIT, PLAIN_16_BIT])
def test_files_give_back_what_was_written(tmp_path: Path, arithmetic: Any) -> None:
    """Names, order, types and codes, and with them the checksum."""
    weights = seeded_weights(NETWORK, 5, arithmetic)
    write_weights(tmp_path / "weights.npz", weights, arithmetic)

    found = read_weights(tmp_path / "weights.npz", arithmetic)

    assert list(weights) == list(found)
    for name, array in weights.items():
        assert array.dtype == found[name].dtype
        np.testing.assert_array_equal(array, found[name])
    assert checksum(weights) == checksum(found)


def test_checksum_follows_the_content_alone() -> None:
    """Another order or type is the same network; another code, shape or name is not."""
    weights = seeded_weights(NETWORK, 0)
    wider = {name: weights[name].astype(np.int32) for name in reversed(weights)}
    code = weights | {"sdec_dense_bias": weights["sdec_dense_bias"] ^ 1}
    shape = weights | {"sdec_dense_bias": weights["sdec_dense_bias"][None]}
    name = weights | {"other": weights["sdec_dense_bias"]}

    assert checksum(weights) == checksum(wider)
    assert 4 == len({checksum(other) for other in (weights, code, shape, name)})


Spoil = Callable[[dict[str, Any]], object]
SPOILED: list[tuple[Spoil, str]] = [
    (lambda w: w.pop("sencgru_1_bias_h"), "array 'sencgru_1_bias_h' is missing; found 'sencgru_"),
    (lambda w: w.pop("sencgru_kernel_z"), "array 'sencgru_kernel_z' is missing"),
    (lambda w: w.pop("sdec_dense_kernel"), "array 'sdec_dense_kernel' is missing"),
    (
        lambda w: w.update(sencgru_1_bias_h=w["sencgru_1_bias_h"][:3]),
        r"array 'sencgru_1_bias_h' has shape \(3,\), expected \(4,\) for 2 layer",
    ),
    (
        lambda w: w.update(sdecgru_recurrent_kernel_r=np.zeros((4, 5), np.int8)),
        r"array 'sdecgru_recurrent_kernel_r' has shape \(4, 5\), expected \(4, 4\)",
    ),
    (
        lambda w: w.update(sdec_dense_bias=np.int8(1)),
        r"array 'sdec_dense_bias' has shape \(\), expected 1 dimension",
    ),
    (
        lambda w: w.update(sdec_dense_bias=np.array([0.5, np.nan])),
        "array 'sdec_dense_bias' holds float64, expected integer codes of 8 bits",
    ),
    (
        lambda w: w.update(sdec_dense_bias=np.array([True, False])),
        "array 'sdec_dense_bias' holds bool, expected integer codes",
    ),
    (
        lambda w: w.update(sencgru_bias_z=np.array([0, 0, 0, 128])),
        "array 'sencgru_bias_z' holds 128, expected codes from -128 to 127",
    ),
    (
        lambda w: w.update(sencgru_bias_z=np.array([0, 0, 0, -129])),
        "array 'sencgru_bias_z' holds -129, expected codes from -128 to 127",
    ),
    (
        lambda w: w.update(sencgru_kernel_g=np.zeros((3, 4), np.int8)),
        "array 'sencgru_kernel_g' belongs to no network of 2 layer.s. with cell .gru.; did you",
    ),
]


@pytest.mark.parametrize(("spoil", "message"), SPOILED)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, spoil: Spoil, message: str) -> None:
    """Everywhere the same error, naming array, finding and expectation, and the file if any."""
    weights = seeded_weights(NETWORK, 0)
    spoil(weights)
    path = tmp_path / "weights.npz"
    np.savez(path, **weights)

    with pytest.raises(InputError, match="^weights: " + message):
        infer(weights, np.zeros((1, 7, 3), np.int16))
    with pytest.raises(InputError, match=message):
        write_weights(tmp_path / "new.npz", weights)
    with pytest.raises(InputError, match=f"^{path}: {message}"):
        read_weights(path)
    assert not (tmp_path / "new.npz").exists()


def test_weights_of_another_network_are_refused() -> None:
    """A specification that is given decides, not the arrays."""
    with pytest.raises(InputError, match=r"has shape \(1, 32\), expected \(1, 128\) for 2 layer"):
        check_weights(seeded_weights(SEQ2SEQLITE, 0), SEQ2SEQ)


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 cut off"])
def test_files_that_are_no_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, of another kind, or with a broken archive."""
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{path}: is not a readable .npz file of weights"):
        read_weights(path)


def test_truncated_and_altered_files_are_refused(tmp_path: Path) -> None:
    """Wherever the file ends, and where a byte of an array was changed."""
    path = tmp_path / "weights.npz"
    write_weights(path, seeded_weights(Network("tiny", 1, 2), 0))
    content = path.read_bytes()
    for length in range(0, len(content), 97):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match="is not a readable"):
            read_weights(path)
    at = content.index(b"sencgru_bias_z.npy") + 60
    path.write_bytes(content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :])
    with pytest.raises(InputError, match="is not a readable"):
        read_weights(path)


def test_other_numpy_files_are_refused(tmp_path: Path) -> None:
    """A single array, and pickled objects, which could run code."""
    np.save(tmp_path / "weights.npy", np.zeros(3))
    np.savez(tmp_path / "pickled.npz", sencgru_kernel_z=np.array([{}], object))
    with pytest.raises(InputError, match="is not a readable"):
        read_weights(tmp_path / "weights.npy")
    with pytest.raises(InputError, match="'sencgru_kernel_z' holds Python objects, expected"):
        read_weights(tmp_path / "pickled.npz")


def test_files_that_are_not_there_and_folders_are_named(tmp_path: Path) -> None:
    """Reading says that there is none, writing what the name should end in."""
    with pytest.raises(InputError, match=r"none\.npz: cannot be read: No such file"):
        read_weights(tmp_path / "none.npz")
    with pytest.raises(InputError, match="cannot be read: Is a directory, expected a readable"):
        read_weights(tmp_path)
    with pytest.raises(InputError, match=r"weights\.npy: a weights file is named weights\.npz"):
        write_weights(tmp_path / "weights.npy", seeded_weights(NETWORK, 0))


def test_seeded_weights_follow_their_seed() -> None:
    """The same seed is the same network, another is another."""
    assert checksum(seeded_weights(NETWORK, 1)) == checksum(seeded_weights(NETWORK, 1))
    assert checksum(seeded_weights(NETWORK, 1)) != checksum(seeded_weights(NETWORK, 2))


def test_seeded_weights_are_one_network_at_every_precision() -> None:
    """8-bit and 16-bit codes stand for the same numbers, to half a unit or, floored, one."""
    for name, coarse in seeded_weights(NETWORK, 3).items():
        fine = seeded_weights(NETWORK, 3, PLAIN_16_BIT)[name]
        assert (np.int8, np.int16) == (coarse.dtype, fine.dtype)
        gap = SEQ2SEQLITE_8_BIT.weight.to_real(coarse) - PLAIN_16_BIT.weight.to_real(fine)
        assert np.abs(gap).max() <= 2**-7 + 2**-15


@pytest.mark.parametrize("arithmetic", [SEQ2SEQLITE_8_BIT, PLAIN_16_BIT])
@pytest.mark.parametrize("network", [SEQ2SEQLITE, Network("stacked", 2, 64)])
def test_seeded_weights_keep_the_network_alive(network: Network, arithmetic: Any) -> None:
    """States differ from pixel to pixel, outputs also from step to step; not all saturate."""
    specification = Specification(network, arithmetic)
    weights = seeded_weights(network, 0, arithmetic)
    decays = np.exp(-np.arange(135) / np.linspace(3, 30, 64)[:, None])
    x = arithmetic.input.quantize(decays).astype(np.int16)

    states, y = infer(weights, x, specification=specification, threads=1)
    end = np.abs(arithmetic.hidden.to_real(states)) > 0.98

    assert (states.std(axis=0) > 0).mean() > 0.9
    assert (y.std(axis=0) > 0).mean() > 0.9
    assert (y.std(axis=1) > 0).all()
    assert end.mean() < 0.5
