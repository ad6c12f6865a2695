"""Post-training quantization: steps, codes and what is left alone."""

from __future__ import annotations

import pytest
import torch

from stomp_flim.errors import InputError
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.post_training import Scale, largest_code, quantize_weights

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow


@pytest.mark.parametrize(
    ("bits", "scale", "largest"),
    [(8, "printed", 255), (8, "signed", 127), (16, "printed", 65535), (16, "signed", 32767)],
)
def test_weights_become_multiples_of_a_step(bits: int, scale: str, largest: int) -> None:
    """Every array has codes up to the largest one, each weight the nearest of them."""
    network = EncoderDecoder((4, 4), seed=1)
    network.keep_in_range()

    rounded = quantize_weights(network, bits, Scale(scale))

    assert largest_code(bits, Scale(scale)) == largest
    pairs = zip(network.parameters(), rounded.parameters(), strict=True)
    for before, after in ((a.detach(), b.detach()) for a, b in pairs):
        if not before.numel() or not before.any():
            assert torch.equal(before, after)
            continue
        step = before.double().abs().max() / largest
        codes = after.double() / step
        assert float((codes - codes.round()).abs().max()) < 1e-2
        assert codes.abs().max().round() == largest
        assert float((before.double() - after.double()).abs().max()) <= float(step) / 2 * 1.001


def test_network_is_not_changed() -> None:
    """The network that was trained stays as it was."""
    network = EncoderDecoder((4,), seed=1)
    kept = network.dense_kernel.clone()

    quantize_weights(network, 2, Scale.SIGNED)

    assert torch.equal(kept, network.dense_kernel)


@pytest.mark.parametrize("bits", [1, 25])
def test_bits_out_of_range(bits: int) -> None:
    """No weight has fewer bits than a sign and one, or more than a float32 holds."""
    with pytest.raises(InputError, match=f"to {bits} bits, expected 2 to 24"):
        quantize_weights(EncoderDecoder((4,)), bits, Scale.SIGNED)
