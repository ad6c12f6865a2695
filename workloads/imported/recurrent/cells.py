"""One step of a recurrent operator, as ONNX defines it, in float64.

``W``, ``R`` are the kernels, ``Wb``, ``Rb`` the two biases, ``.`` is the product of elements, ``f``
the activation of gates and ``g`` that of the candidate. GRU, reset before or after the product::

    z = f(x Wz + h Rz + Wbz + Rbz)        r = f(x Wr + h Rr + Wbr + Rbr)
    c = g(x Wh + (r . h) Rh + Rbh + Wbh)  or  g(x Wh + r . (h Rh + Rbh) + Wbh)
    h' = (1 - z) . c + z . h

LSTM, with peepholes ``P`` where it has some, and RNN::

    i = f(x Wi + h Ri + Pi . s + Wbi + Rbi)     k = f(x Wf + h Rf + Pf . s + Wbf + Rbf)
    s' = k . s + i . g(x Wc + h Rc + Wbc + Rbc)
    h' = f(x Wo + h Ro + Po . s' + Wbo + Rbo) . e(s')

    h' = f(x Wi + h Ri + Wbi + Rbi)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workloads.imported.graph import Array
from workloads.imported.recurrent.parameters import Recurrent

State = tuple[Array, Array]
"""Hidden state and, in an LSTM, the cell's own: batch x units."""

Step = Callable[[Array, State], State]


def step(recurrent: Recurrent, direction: int) -> Step:
    """Return the function that advances a direction by one step.

    Its operands are ``x W`` of the step (batch x gates x units) and the state before.
    """
    return {"GRU": _gru, "LSTM": _lstm, "RNN": _rnn}[recurrent.kind](recurrent, direction)


def _clipped(recurrent: Recurrent) -> Callable[[Array], Array]:
    bound = recurrent.clip
    return (lambda a: a) if bound is None else (lambda a: np.clip(a, -bound, bound))


def _gru(recurrent: Recurrent, direction: int) -> Step:
    n, limit = recurrent.units, _clipped(recurrent)
    gate, candidate = recurrent.curves[direction]
    u = recurrent.recurrent[direction].T
    w_bias, u_bias = recurrent.input_bias[direction], recurrent.recurrent_bias[direction]

    def advance(product: Array, state: State) -> State:
        h, product = state[0], product + w_bias
        gates = gate(limit(product[:, : 2 * n] + h @ u[:, : 2 * n] + u_bias[: 2 * n]))
        z, r = gates[:, :n], gates[:, n:]
        if recurrent.reset_after:
            reset = r * (h @ u[:, 2 * n :] + u_bias[2 * n :])
        else:
            reset = (r * h) @ u[:, 2 * n :] + u_bias[2 * n :]
        c = candidate(limit(product[:, 2 * n :] + reset))
        return (1 - z) * c + z * h, state[1]

    return advance


def _lstm(recurrent: Recurrent, direction: int) -> Step:
    n, limit = recurrent.units, _clipped(recurrent)
    gate, candidate, output = recurrent.curves[direction]
    u = recurrent.recurrent[direction].T
    bias = recurrent.input_bias[direction] + recurrent.recurrent_bias[direction]
    p = np.zeros(3 * n) if recurrent.peepholes is None else recurrent.peepholes[direction]

    def advance(product: Array, state: State) -> State:
        h, s = state
        a = product + h @ u + bias
        let_in = gate(limit(a[:, :n] + p[:n] * s))
        kept = (
            1 - let_in if recurrent.coupled else gate(limit(a[:, 2 * n : 3 * n] + p[2 * n :] * s))
        )
        s = kept * s + let_in * candidate(limit(a[:, 3 * n :]))
        return gate(limit(a[:, n : 2 * n] + p[n : 2 * n] * s)) * output(s), s

    return advance


def _rnn(recurrent: Recurrent, direction: int) -> Step:
    limit, (curve,) = _clipped(recurrent), recurrent.curves[direction]
    u = recurrent.recurrent[direction].T
    bias = recurrent.input_bias[direction] + recurrent.recurrent_bias[direction]

    def advance(product: Array, state: State) -> State:
        return curve(limit(product + state[0] @ u + bias)), state[1]

    return advance
