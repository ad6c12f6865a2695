"""Quantization-aware training: the integer kernel's forward pass, with straight-through gradients.

The forward pass gives the integers of `hwmodels.gru.kernel`, every output of every step, so that
what training sees is what the accelerator does. Codes are carried in double precision, where all
of them and all sums are exact, on a CPU or a GPU; on a CPU compiled steps take over where single
precision is exact too (`workloads.flim.training.compiled.integer_layer.covers`).

Backward, every rounding counts as the identity and the chain rule of
`workloads.flim.training.gru_recurrence` holds, with the numbers that were computed. Over 270
rounded steps such a gradient may grow beyond all bounds, and then says nothing
(`IntegerSteps.along_real_states`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from hwmodels.gru.arithmetic import Arithmetic
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from stomp_flim.errors import InputError
from workloads.flim.training.compiled.integer_layer import (
    covers,
    covers_dense,
    integer_dense,
    integer_gradients,
    integer_layer,
    integer_stacked,
)
from workloads.flim.training.compiled.layer import Weights, of_pixels
from workloads.flim.training.gru_recurrence import Saved, chain_rule, recur
from workloads.flim.training.rounded_products import MOST_ROUNDED_BITS, rounded_matmul


class IntegerSteps:
    """The steps of a GRU encoder-decoder in an arithmetic, on tensors of the exact values.

    Parameters
    ----------
    arithmetic : Arithmetic
    units : int
        Units of the widest layer.

    Raises
    ------
    InputError
        If an accumulator could overflow with so many units, if rounded products do not fit 32
        bits, or if products of inputs or states would be rounded: no shipped arithmetic asks for
        that.
    """

    def __init__(self, arithmetic: Arithmetic, units: int) -> None:
        a = self.arithmetic = arithmetic
        self._along_real_states = False
        a.require_hard_activations("training")
        weight = _largest(a.weight)
        inputs = max(_largest(a.input), units * _largest(a.stacked_input))
        # |q|, |r q| and |h| are at most 1.
        bounds = {
            "gate_accumulator": (inputs + units) * weight + _largest(a.bias),
            "candidate_accumulator": (inputs + units) * weight + _largest(a.bias),
            "dense_accumulator": units * weight + _largest(a.bias),
            "gate": 1.0,
            "reset_product": 1.0,
            "hidden": 1.0,
        }
        for name, bound in bounds.items():
            target = a.points()[name]
            if target.overflow is Overflow.WRAP and bound >= _largest(target):
                raise InputError(
                    f"arithmetic {a.name!r}: {name} could overflow at {bound:g} with {units} "
                    "units, expected a format in which it cannot to train in"
                )
        for value, target in (
            (a.reset_product, a.candidate_accumulator),
            (a.hidden, a.dense_accumulator),
        ):
            rounded = value.fraction + a.weight.fraction > target.fraction
            if rounded and max(value.fraction + a.weight.bits, target.bits) > MOST_ROUNDED_BITS:
                raise InputError(
                    f"arithmetic {a.name!r}: rounded products of {value.fraction + a.weight.bits} "
                    f"bits, expected at most {MOST_ROUNDED_BITS} to train in"
                )
        rounded_inputs = max(a.input.fraction, a.stacked_input.fraction) + a.weight.fraction > min(
            a.gate_accumulator.fraction, a.candidate_accumulator.fraction
        )
        rounded_states = a.state.fraction + a.weight.fraction > a.gate_accumulator.fraction
        if rounded_inputs or rounded_states:
            raise InputError(
                f"arithmetic {a.name!r}: expected exact products of inputs and states to train in"
            )

    @contextmanager
    def along_real_states(self) -> Iterator[None]:
        """Let gradients go along other states than those of the forward pass, which stays exact.

        They are those that a layer has in real numbers with the rounded weights, from the same
        inputs and first state. Where rounding throws states to and fro, and each step passes the
        throw on, the gradient along real states stays bounded.
        """
        self._along_real_states = True
        try:
            yield
        finally:
            self._along_real_states = False

    def advance(
        self,
        inputs: Tensor,
        kernel: Tensor,
        recurrent: Tensor,
        bias: Tensor,
        hidden: Tensor,
        *,
        stacked: bool = False,
    ) -> Tensor:
        """Run a layer over the sequence; see `workloads.flim.training.gru_recurrence.recur`.

        Parameters and result are the same, but tensors of exact values for `inputs`, `hidden` and
        the result, in float64 or, where that holds them, float32; the weights are real numbers and
        are quantized here. `stacked` tells whether the inputs are states of a layer below.
        """
        a, arguments = self.arithmetic, (inputs, hidden, kernel, recurrent, bias)
        source = a.stacked_input if stacked else a.input
        if hidden.device.type == "cpu" and covers(a, source, len(kernel), len(recurrent)):
            return self._run(_CompiledLayer, *arguments)
        return self.advance_by_tensors(inputs, kernel, recurrent, bias, hidden)

    def advance_by_tensors(
        self, inputs: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor, hidden: Tensor
    ) -> Tensor:
        """Do the same as `advance` by operations on tensors, on any device and in float64."""
        return self._run(_IntegerLayer, inputs.double(), hidden.double(), kernel, recurrent, bias)

    def _run(
        self,
        layer: type[Function],
        inputs: Tensor,
        hidden: Tensor,
        kernel: Tensor,
        recurrent: Tensor,
        bias: Tensor,
    ) -> Tensor:
        a = self.arithmetic
        arguments = (inputs, hidden, kernel, recurrent, bias)
        if not self._along_real_states or not torch.is_grad_enabled():
            return layer.apply(*arguments, a)  # type: ignore[no-any-return, no-untyped-call]
        with torch.no_grad():
            exact = layer.apply(*arguments, a)  # type: ignore[no-untyped-call]
        weights = (
            _Rounded.apply(values, target)  # type: ignore[no-untyped-call]
            for values, target in ((kernel, a.weight), (recurrent, a.weight), (bias, a.bias))
        )
        real = recur(inputs.float(), hidden.float(), *weights)
        return _InPlaceOf.apply(real, exact)  # type: ignore[no-any-return, no-untyped-call]

    def stacked_input(self, hidden: Tensor) -> Tensor:
        """Return what the layer above reads of the states."""
        return _Stacked.apply(hidden, self.arithmetic)  # type: ignore[no-any-return, no-untyped-call]

    def dense(self, hidden: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        """Apply the dense layer to the states of every step."""
        return _Dense.apply(hidden, kernel, bias, self.arithmetic)  # type: ignore[no-any-return, no-untyped-call]


def quantized(values: Tensor, target: Format) -> Tensor:
    """Return the codes, in double precision, of weights: to the nearest, clipped to the range."""
    codes = torch.round(values.detach().double() * 2.0**target.fraction)
    return codes.clamp_(target.minimum, target.maximum)


class _Rounded(Function):
    """Weights as the kernel has them, in float32."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, target: Format) -> Tensor:
        ctx.dtype = values.dtype
        return (quantized(values, target) * 2.0**-target.fraction).float()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0].to(ctx.dtype), None


class _InPlaceOf(Function):
    """Exact states, whose gradient goes on to those of real numbers."""

    @staticmethod
    def forward(ctx: Any, real: Tensor, exact: Tensor) -> Tensor:
        return exact.view_as(exact)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0].float(), None


class _CompiledLayer(Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        hidden: Tensor,
        kernel: Tensor,
        recurrent: Tensor,
        bias: Tensor,
        a: Arithmetic,
    ) -> Tensor:
        step = 2.0**-a.weight.fraction
        ctx.arithmetic = a
        ctx.weights = Weights.of(
            quantized(kernel, a.weight) * step,
            quantized(recurrent, a.weight) * step,
            quantized(bias, a.bias) * 2.0**-a.bias.fraction,
        )
        ctx.run = integer_layer(inputs, hidden, ctx.weights, a)
        return of_pixels(ctx.run.states)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        wanted = ctx.needs_input_grad[0]
        return *integer_gradients(ctx.run, ctx.weights, ctx.arithmetic, gradients[0], wanted), None


class _IntegerLayer(Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        hidden: Tensor,
        kernel: Tensor,
        recurrent: Tensor,
        bias: Tensor,
        a: Arithmetic,
    ) -> Tensor:
        (steps, pixels, features), units = inputs.shape, hidden.shape[1]
        two, fed = 2 * units, features > 0
        w, u = quantized(kernel, a.weight), quantized(recurrent, a.weight)
        b = quantized(bias, a.bias)
        candidate_sum, one_gate = a.candidate_accumulator, 2.0**a.gate.fraction
        # Scaled by powers of two so that a sum comes out in the unit of what it is rounded to:
        # 0.5 a + 0.5 in units of the gate, a in units of the candidate's accumulator.
        half, q_step = 0.5 * one_gate, 2.0**-a.state.fraction
        weight_step, bias_step = 2.0**-a.weight.fraction, 2.0**-a.bias.fraction
        w_g = w[:, :two] * (half * weight_step)  # inputs are values, states are codes
        u_g = u[:, :two] * (half * weight_step * q_step)
        b_g = b[:two] * (half * bias_step) + half
        one_sum = 2.0**candidate_sum.fraction
        w_c = w[:, two:] * (one_sum * weight_step)
        b_c = b[two:] * (one_sum * bias_step)
        u_c = u[:, two:].contiguous()
        product_shift = a.reset_product.fraction + a.weight.fraction - candidate_sum.fraction
        # The blend's two terms in one unit.
        blended = a.blend_fraction - a.gate.fraction
        m_unit = 2.0 ** (blended - a.stored_state.fraction)
        c_unit = 2.0 ** (blended - a.candidate.fraction)

        h = hidden * 2.0**a.hidden.fraction
        result = hidden.new_empty(steps, pixels, units)
        states = hidden.new_empty(steps, pixels, units, dtype=torch.float32)
        gates = states.new_empty(steps, pixels, two)
        candidates = torch.empty_like(states)
        stored = states if a.blend_state is None else torch.empty_like(states)
        for t in range(steps):
            m = _requantize(h, a.hidden.fraction, a.stored_state)
            q = m
            if a.blend_state is not None:
                q = _requantize(m, a.blend_state.fraction, a.state)
                torch.mul(m, 2.0**-a.blend_state.fraction, out=stored[t])
            torch.mul(q, q_step, out=states[t])
            g = torch.addmm(b_g, q, u_g)
            if fed:
                g.addmm_(inputs[t], w_g)
            g = _round(g.clamp_(0.0, one_gate), a.gate.rounding)
            torch.mul(g, 1.0 / one_gate, out=gates[t])
            z, r = g[:, :units], g[:, units:]
            s = _requantize(r * q, a.gate.fraction + a.state.fraction, a.reset_product)
            total = rounded_matmul(s, u_c, product_shift, candidate_sum.rounding)
            total += b_c
            if fed:
                total.addmm_(inputs[t], w_c)
            total.clamp_(-one_sum, one_sum)
            c = _requantize(total, candidate_sum.fraction, a.candidate)
            torch.mul(c, 2.0**-a.candidate.fraction, out=candidates[t])
            m, c = _in_unit(m, m_unit), _in_unit(c, c_unit)
            h = torch.addcmul(c * one_gate, z, m - c)
            h = _requantize(h, a.blend_fraction, a.hidden)
            torch.mul(h, 2.0**-a.hidden.fraction, out=result[t])
        ctx.save_for_backward(
            inputs.float(), states, stored, gates, candidates,
            (w * weight_step).float(), (u * weight_step).float(),
        )  # fmt: skip
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        saved: Saved = ctx.saved_tensors
        found = chain_rule(saved, gradients[0].float(), ctx.needs_input_grad[0])
        by_inputs, by_hidden, *by_weights = found
        return (
            None if by_inputs is None else by_inputs.double(),
            by_hidden.double(),
            *by_weights,
            None,
        )


class _Stacked(Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, a: Arithmetic) -> Tensor:
        if hidden.device.type == "cpu" and hidden.dtype == torch.float32:
            return integer_stacked(hidden, a)
        codes = hidden.double() * 2.0**a.hidden.fraction
        codes = _requantize(codes, a.hidden.fraction, a.stacked_input)
        return codes.mul_(2.0**-a.stacked_input.fraction).to(hidden.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


class _Dense(Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, kernel: Tensor, bias: Tensor, a: Arithmetic) -> Tensor:
        target = a.dense_accumulator
        w, b = quantized(kernel, a.weight), quantized(bias, a.bias)
        ctx.save_for_backward(hidden, (w * 2.0**-a.weight.fraction).float())
        if hidden.device.type == "cpu" and covers_dense(a, len(kernel)):
            return integer_dense(hidden, w, b, a).double()
        shift = a.hidden.fraction + a.weight.fraction - target.fraction
        flat = (hidden.double() * 2.0**a.hidden.fraction).reshape(-1, hidden.shape[-1])
        total = rounded_matmul(flat, w, shift, target.rounding)
        total += b * 2.0 ** (target.fraction - a.bias.fraction)
        y = _requantize(total, target.fraction, a.output).mul_(2.0**-a.output.fraction)
        return y.reshape(*hidden.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        hidden, kernel = ctx.saved_tensors
        # With pixels last, as compiled steps lay them out, nothing is copied.
        gradient = gradients[0].transpose(1, 2).float().contiguous()
        by_hidden = torch.bmm(kernel.expand(len(hidden), -1, -1), gradient).transpose(1, 2)
        by_kernel = torch.bmm(gradient, hidden.float()).sum(0).T
        return by_hidden.to(hidden.dtype), by_kernel, gradient.sum((0, 2)), None


def _requantize(codes: Tensor, fraction: int, target: Format) -> Tensor:
    """Do what `Format.requantize` does, where a WRAP cannot happen."""
    codes = _round(codes * 2.0 ** (target.fraction - fraction), target.rounding)
    if target.overflow is not Overflow.WRAP:
        codes.clamp_(target.minimum, target.maximum)
    return codes


def _round(codes: Tensor, rounding: Rounding) -> Tensor:
    """Round in place."""
    match rounding:
        case Rounding.FLOOR:
            return codes.floor_()
        case Rounding.HALF_UP:
            return codes.add_(0.5).floor_()
        case Rounding.HALF_EVEN:
            return codes.round_()
        case Rounding.TO_ZERO:
            return codes.trunc_()


def _in_unit(codes: Tensor, factor: float) -> Tensor:
    """Multiply by a power of two, without a copy where that is 1."""
    return codes if factor == 1.0 else codes * factor


def _largest(target: Format) -> float:
    """Bound of the magnitude that a format represents."""
    return float(2.0 ** (target.bits - 1 - target.fraction))
