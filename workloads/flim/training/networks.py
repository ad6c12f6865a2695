"""Seq2Seq and Seq2SeqLite in PyTorch, as arXiv 2410.00948 trains them and the kernel runs them.

The encoder reads a TPSF bin by bin; layer ``l`` of the decoder starts from the final state of the
encoder's layer ``l`` and receives no input; a dense layer makes three outputs of each of its steps.
The reset gate is applied before the matrix product and the activations are hard, so that what is
trained is what `hwmodels.gru.kernel` computes (`workloads.flim.training.gru_recurrence` says how).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.network import Network
from stomp_flim.errors import InputError
from workloads.flim.data.timebins import STEPS
from workloads.flim.training.gru_recurrence import last_state, recur
from workloads.flim.training.quantization_aware import IntegerSteps


class Layer(nn.Module):
    """Weights of one GRU layer, the gates z, r, h side by side.

    Parameters
    ----------
    inputs : int
        Features of its input; 0 for a layer that receives none.
    units : int
    """

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(inputs, 3 * units))
        self.recurrent_kernel = nn.Parameter(torch.empty(units, 3 * units))
        self.bias = nn.Parameter(torch.empty(3 * units))


class EncoderDecoder(nn.Module):
    """A GRU encoder-decoder in real numbers or, with an arithmetic, in the kernel's integers.

    Parameters
    ----------
    units : sequence of int
        Units of each layer of the encoder, from the one that reads the TPSF; the decoder's are the
        same.
    arithmetic : Arithmetic, optional
        Quantization points to compute with (quantization-aware). Parameters stay real numbers.
    inputs : int
        Features of a step: 1, the counts, or 2, the response beside them.
    outputs : int
    seed : int
        Seed of the initial weights.

    Raises
    ------
    InputError
        If a size is not positive.
    """

    def __init__(
        self,
        units: Sequence[int],
        *,
        arithmetic: Arithmetic | None = None,
        inputs: int = 1,
        outputs: int = 3,
        seed: int = 0,
    ) -> None:
        super().__init__()
        for size in units:
            Network("network", layers=len(units), hidden_units=size, inputs=inputs, outputs=outputs)
        self.units, self.inputs, self.outputs = tuple(units), inputs, outputs
        below = (inputs, *self.units[:-1])
        self.encoder = nn.ModuleList(map(Layer, below, self.units))
        self.decoder = nn.ModuleList(map(Layer, (0, *below[1:]), self.units))
        self.dense_kernel = nn.Parameter(torch.empty(self.units[-1], outputs))
        self.dense_bias = nn.Parameter(torch.empty(outputs))
        self._draw(torch.Generator().manual_seed(seed))
        self.compute_with(arithmetic)

    def compute_with(self, arithmetic: Arithmetic | None) -> None:
        """Choose the numbers: real ones, or those of an arithmetic."""
        self.arithmetic = arithmetic
        self.integer_steps = IntegerSteps(arithmetic, max(self.units)) if arithmetic else None

    @property
    def name(self) -> str:
        """Name with the sizes of the layers, such as ``seq2seqlite-32``."""
        if len(self.units) == 1:
            return f"seq2seqlite-{self.units[0]}"
        same = len(set(self.units)) == 1
        return "seq2seq-" + (str(self.units[0]) if same else "x".join(map(str, self.units)))

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases that can change a result."""
        return sum(parameter.numel() for parameter in self.parameters())

    def layer(self, stage: str, index: int) -> Layer:
        """Return a layer of ``"encoder"`` or ``"decoder"``."""
        layer = getattr(self, stage)[index]
        assert isinstance(layer, Layer)
        return layer

    def forward(self, x: Tensor) -> Tensor:
        """Compute the outputs.

        Parameters
        ----------
        x : Tensor, pixels x steps, or pixels x steps x inputs
            Normalized photon counts, and the response; in integers, multiples of the INPUT format's
            step.

        Returns
        -------
        Tensor, pixels x steps x outputs
            float64 with an arithmetic: its exact values.
        """
        hidden, exact = self.states(x), self.integer_steps
        if exact is None:
            # With pixels last, as compiled steps lay them out, nothing is copied.
            kernel = self.dense_kernel.T.expand(len(hidden), -1, -1)
            y = torch.baddbmm(self.dense_bias.unsqueeze(1), kernel, hidden.transpose(1, 2))
            return y.permute(2, 0, 1)
        return exact.dense(hidden, self.dense_kernel, self.dense_bias).transpose(0, 1)

    def states(self, x: Tensor) -> Tensor:
        """Compute what the dense layer reads: the states of the decoder's last layer.

        Parameters
        ----------
        x : Tensor
            As of `forward`.

        Returns
        -------
        Tensor, steps x pixels x units
            With an arithmetic their exact values, in float32 or float64.
        """
        exact = self.integer_steps
        inputs = (x.unsqueeze(2) if x.ndim == 2 else x).transpose(0, 1).contiguous()
        if exact is not None:
            inputs = inputs.double()
        pixels, states = len(x), []
        for index, units in enumerate(self.units):
            start = inputs.new_zeros(pixels, units)
            hidden = self._advance(self.layer("encoder", index), inputs, start, index > 0)
            states.append(last_state(hidden))
            inputs = self._above(hidden, index)
        inputs = inputs.new_empty(len(inputs), pixels, 0)
        for index, start in enumerate(states):
            hidden = self._advance(self.layer("decoder", index), inputs, start, index > 0)
            inputs = self._above(hidden, index)
        return hidden

    @torch.no_grad()
    def keep_in_range(self, arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT) -> None:
        """Clip every parameter to what the weight and bias formats represent."""
        for name, parameter in self.named_parameters():
            target = arithmetic.bias if name.endswith("bias") else arithmetic.weight
            step = 2.0**-target.fraction
            parameter.clamp_(target.minimum * step, target.maximum * step)

    def _above(self, hidden: Tensor, index: int) -> Tensor:
        """Return what the layer above reads of states, where there is one."""
        if self.integer_steps is None or index + 1 == len(self.units):
            return hidden
        return self.integer_steps.stacked_input(hidden)

    def _advance(self, layer: Layer, inputs: Tensor, start: Tensor, stacked: bool) -> Tensor:
        if self.integer_steps is not None:
            return self.integer_steps.advance(
                inputs, layer.kernel, layer.recurrent_kernel, layer.bias, start, stacked=stacked
            )
        return recur(inputs, start, layer.kernel, layer.recurrent_kernel, layer.bias)

    @torch.no_grad()
    def _draw(self, generator: torch.Generator) -> None:
        """Draw weights with which the states neither vanish nor saturate over the sequence."""

        def uniform(parameter: Tensor, low: float, high: float) -> None:
            parameter.uniform_(low, high, generator=generator)

        for stage in ("encoder", "decoder"):
            for index, units in enumerate(self.units):
                layer = self.layer(stage, index)
                inputs = max(1, layer.kernel.shape[0])
                # A single input is a TPSF that is dark in most bins: it may drive a unit fully.
                uniform(layer.kernel, -(inputs**-0.5), inputs**-0.5)
                for gate in range(3):
                    columns = slice(gate * units, (gate + 1) * units)
                    nn.init.orthogonal_(
                        layer.recurrent_kernel[:, columns],
                        gain=1.0 if gate == 2 else 0.5,
                        generator=generator,
                    )
                # Update gates of 0.6 to 0.95 remember for 2 to 20 bins; reset gates begin open.
                uniform(layer.bias[:units], 0.2, 0.9)
                uniform(layer.bias[units : 2 * units], 0.4, 0.8)
                uniform(layer.bias[2 * units :], -0.05, 0.05)
        limit = self.units[-1] ** -0.5
        uniform(self.dense_kernel, -limit, limit)
        self.dense_bias.zero_()


def network_of(module: EncoderDecoder, steps: int = STEPS) -> Network:
    """Describe a network for the kernels.

    Raises
    ------
    InputError
        If its layers differ in size: the integer kernel has one size for all.
    """
    if len(set(module.units)) != 1:
        raise InputError(
            f"{module.name}: layers of {module.units} units, "
            "expected one size: the integer kernel has no other"
        )
    return Network(
        module.name,
        layers=len(module.units),
        hidden_units=module.units[0],
        inputs=module.inputs,
        outputs=module.outputs,
        steps=steps,
    )
