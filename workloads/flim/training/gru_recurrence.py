"""A GRU layer over a whole sequence, with its gradient written out.

PyTorch's own `GRU` applies the reset gate after the recurrent matrix product and has soft
activations; the integer kernel applies it before, with hard ones (`hwmodels.gru.arithmetic`). Left
to autograd, 270 steps of some twenty operations take most of their time in bookkeeping and in
arrays for the whole sequence, so the chain rule stands here once, step by step, for real numbers
and for the kernel's integers:

    z, r = hs(x W_z + q U_z + b_z), hs(x W_r + q U_r + b_r)     hs(a) = clip(0.5 a + 0.5, 0, 1)
    c    = ht(x W_h + (r q) U_h + b_h)                          ht(a) = clip(a, -1, 1)
    h'   = z m + (1 - z) c

where ``q`` and ``m`` are the state ``h``, or what the kernel leaves of it for products and for the
blend (`hwmodels.gru.arithmetic.Arithmetic.blend_state`). Backward, rounding
counts as the identity (straight-through) and a clipped gate or candidate passes nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

from workloads.flim.training.compiled.layer import (
    Gradients,
    Weights,
    of_pixels,
    real_gradients,
    real_layer,
)

Saved = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


def recur(
    inputs: Tensor, hidden: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
) -> Tensor:
    """Run a GRU layer in real numbers.

    Parameters
    ----------
    inputs : Tensor, steps x pixels x features
        ``x``; without features for a layer that receives no input.
    hidden : Tensor, pixels x units
        State before the first step.
    kernel, recurrent, bias : Tensor, (features x, units x) 3*units
        ``W``, ``U`` and ``b`` of the gates z, r, h.

    Returns
    -------
    Tensor, steps x pixels x units
        The state after each step.
    """
    arguments = (inputs, hidden, kernel, recurrent, bias)
    if hidden.device.type == "cpu" and hidden.dtype == torch.float32:
        return _CompiledLayer.apply(*arguments)  # type: ignore[no-any-return, no-untyped-call]
    return recur_by_tensors(*arguments)


def recur_by_tensors(
    inputs: Tensor, hidden: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
) -> Tensor:
    """Do the same as `recur` by operations on tensors, on any device and in any precision."""
    return _RealLayer.apply(inputs, hidden, kernel, recurrent, bias)  # type: ignore[no-any-return, no-untyped-call]


def last_state(states: Tensor) -> Tensor:
    """Return the state after the last step, pixels x units, of what a layer returned."""
    if states.device.type == "cpu" and states.dtype == torch.float32:
        return _Last.apply(states)  # type: ignore[no-any-return, no-untyped-call]
    return states[-1]


class _Last(Function):
    """Its gradient by all states is laid out for compiled steps, and the zeros cost nothing."""

    @staticmethod
    def forward(ctx: Any, states: Tensor) -> Tensor:
        ctx.steps = len(states)
        return states[-1].clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        by_states = np.zeros((ctx.steps, *gradients[0].T.shape), np.float32)
        by_states[-1] = gradients[0].T.numpy()
        return of_pixels(by_states)


class _CompiledLayer(Function):
    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, hidden: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
    ) -> Tensor:
        ctx.weights = Weights.of(kernel, recurrent, bias)
        ctx.run = real_layer(inputs, hidden, ctx.weights)
        return of_pixels(ctx.run.states)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        return real_gradients(ctx.run, ctx.weights, gradients[0], ctx.needs_input_grad[0])


class _RealLayer(Function):
    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, hidden: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
    ) -> Tensor:
        steps, (pixels, units) = len(inputs), hidden.shape
        two, fed = 2 * units, inputs.shape[2] > 0
        # The line 0.5 a + 0.5 of the hard sigmoid is drawn in the weights.
        w_g, w_c = kernel[:, :two] * 0.5, kernel[:, two:].contiguous()
        u_g, u_c = recurrent[:, :two] * 0.5, recurrent[:, two:].contiguous()
        b_g, b_c = bias[:two] * 0.5 + 0.5, bias[two:].contiguous()
        states = hidden.new_empty(steps + 1, pixels, units)
        gates = hidden.new_empty(steps, pixels, two)
        candidates = hidden.new_empty(steps, pixels, units)
        product = torch.empty_like(hidden)
        states[0] = hidden
        for q, g, c, x, after in zip(
            states[:-1], gates, candidates, inputs, states[1:], strict=True
        ):
            torch.addmm(b_g, q, u_g, out=g)
            if fed:
                g.addmm_(x, w_g)
            g.clamp_(0, 1)
            torch.mul(g[:, units:], q, out=product)
            torch.addmm(b_c, product, u_c, out=c)
            if fed:
                c.addmm_(x, w_c)
            c.clamp_(-1, 1)
            torch.sub(q, c, out=product)
            torch.addcmul(c, g[:, :units], product, out=after)
        read = states[:-1]
        ctx.save_for_backward(inputs, read, read, gates, candidates, kernel, recurrent)
        return states[1:]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        saved: Saved = ctx.saved_tensors
        return chain_rule(saved, gradients[0], ctx.needs_input_grad[0])


def chain_rule(saved: Saved, gradient: Tensor, by_inputs_too: bool) -> Gradients:
    """Gradients of a loss that reads the state after each step.

    Parameters
    ----------
    saved : tuple of Tensor
        What the forward pass computed: ``x`` (steps x pixels x features); ``q`` and ``m`` as each
        step read them; ``z`` and ``r`` side by side; ``c``; and ``W`` and ``U`` as they were used.
    gradient : Tensor, steps x pixels x units
        Gradient by the state after each step.
    by_inputs_too : bool
        Whether the gradient by the inputs is asked for.

    Returns
    -------
    inputs, hidden, kernel, recurrent, bias : Tensor
        Gradients by the arguments of `recur`; the first None if not asked for.
    """
    inputs, states, stored, gates, candidates, kernel, recurrent = saved
    units = states.shape[2]
    two, fed = 2 * units, inputs.shape[2] > 0
    slope = torch.ones_like(recurrent[0])
    slope[:two] = 0.5  # of the hard sigmoid
    u_g = (0.5 * recurrent[:, :two]).T.contiguous()
    u_c = recurrent[:, two:].T.contiguous()
    w = (kernel * slope).T.contiguous()
    by_kernel, by_recurrent = torch.zeros_like(kernel), torch.zeros_like(recurrent)
    by_bias = torch.zeros_like(recurrent[0])
    by_inputs = torch.empty_like(inputs) if by_inputs_too and fed else None
    by_hidden = torch.zeros_like(states[0])
    by_pre = states.new_empty(states.shape[1], 3 * units)  # before the slope
    by_g, by_c = by_pre[:, :two], by_pre[:, two:]
    by_z, by_r = by_pre[:, :units], by_pre[:, units:two]
    one, kept = torch.empty_like(by_hidden), torch.empty_like(by_hidden)
    for t in range(len(states) - 1, -1, -1):
        q, m, g, c = states[t], stored[t], gates[t], candidates[t]
        z, r = g[:, :units], g[:, units:]
        by_hidden += gradient[t]
        torch.mul(by_hidden, z, out=kept)
        torch.sub(by_hidden, kept, out=one)
        by_c.copy_(torch.ops.aten.hardtanh_backward(one, c, -1.0, 1.0))
        by_product = by_c @ u_c
        torch.sub(m, c, out=one)
        torch.mul(by_hidden, one, out=by_z)
        torch.mul(by_product, q, out=by_r)
        by_g.copy_(torch.ops.aten.hardtanh_backward(by_g, g, 0.0, 1.0))
        kept.addcmul_(by_product, r)
        torch.addmm(kept, by_g, u_g, out=by_hidden)
        by_recurrent[:, :two].addmm_(q.T, by_g)
        by_recurrent[:, two:].addmm_(torch.mul(r, q, out=one).T, by_c)
        by_bias += by_pre.sum(0)
        if fed:
            by_kernel.addmm_(inputs[t].T, by_pre)
        if by_inputs is not None:
            torch.mm(by_pre, w, out=by_inputs[t])
    return by_inputs, by_hidden, by_kernel * slope, by_recurrent * slope, by_bias * slope
