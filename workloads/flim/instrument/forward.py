r"""What a record shows of a decay: the forward model on the record's own time bins.

A pixel's mean counts are :math:`n_t = \sum_k a_k L_t(\tau_k) + b`, with the light
:math:`L_t(\tau) = \int_t (r * e^{-t'/\tau})\,dt'` of a decay of amplitude one in the bin
:math:`t`, for a response :math:`r` of the sum 1. The response is a histogram, and its photons are
spread evenly over each of its steps; then the population that is left behind a step follows
exactly from the one before it, and light is what the population loses:

.. math::
    S_{j+1} = S_j e^{-s/\tau} + r_j \frac{\tau^2}{s} (1 - e^{-s/\tau}), \qquad
    L_j = S_j + r_j \tau - S_{j+1} .

With a laser period :math:`T` the first population is what earlier pulses left, a geometric series:
:math:`S_0 = S_0' e^{-(T-R)/\tau} / (1 - e^{-T/\tau})`, where :math:`S_0'` is what one pulse leaves
at the end :math:`R` of the record.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.machine_code import kept

Values = npt.NDArray[np.float64]

_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Forward:
    """The forward model of a record.

    Parameters
    ----------
    bin_width_ns : float
        Distance from one time bin to the next in ns.
    response : array [bins * per_bin]
        Share of the response in each fine step; normalized to the sum 1.
    per_bin : int
        Fine steps in a bin.
    live : bool array [bins], optional
        Bins that count photons; by default all.
    period_ns : float, optional
        Laser period in ns, at least the length of the record; without it no light of earlier
        pulses is expected.
    gate_ns : float, optional
        Width of the gate that each bin is, from its beginning on; by default that of a bin.

    Raises
    ------
    InputError
        If sizes differ, a response has nothing to normalize, or the period is shorter than the
        record.

    Examples
    --------
    A decay of 2 ns behind a pulse without width leaves all its light in a long record:

    >>> import numpy as np
    >>> from workloads.flim.instrument.forward import Forward
    >>> pulse = np.eye(1, 2000)[0]
    >>> light = Forward(0.05, pulse, 1).light(2.0)
    >>> light.shape, round(float(light.sum()), 6)
    ((2000,), 2.0)
    """

    bin_width_ns: float
    response: Values
    per_bin: int = 1
    live: npt.NDArray[np.bool_] | None = None
    period_ns: float | None = None
    gate_ns: float | None = None

    def __post_init__(self) -> None:
        response = np.asarray(self.response, dtype=np.float64)
        bins, rest = divmod(response.size, self.per_bin)
        if response.ndim != 1 or rest or not bins:
            raise InputError(
                f"response of the shape {response.shape}, expected bins of {self.per_bin} steps"
            )
        if not (np.isfinite(response) & (response >= 0)).all() or not response.any():
            raise InputError("response: expected finite numbers of 0 or more, and some above it")
        live = np.ones(bins, bool) if self.live is None else np.asarray(self.live, bool)
        if live.shape != (bins,):
            raise InputError(f"{live.size} live or dead bins, expected {bins}")
        record = bins * self.bin_width_ns
        if self.period_ns is not None and self.period_ns < record * (1 - _ROUNDING):
            raise InputError(
                f"laser period {self.period_ns:g} ns, expected at least the record's {record:g} ns"
            )
        gate = self.bin_width_ns if self.gate_ns is None else self.gate_ns
        if not gate > 0:
            raise InputError(f"gate of {gate:g} ns, expected more than 0")
        object.__setattr__(self, "response", response / response.sum())
        object.__setattr__(self, "live", live)
        object.__setattr__(self, "gate_ns", float(gate))

    @property
    def bins(self) -> int:
        """Time bins of the record."""
        return self.response.size // self.per_bin

    @property
    def in_bins(self) -> Values:
        """Share of the response in each time bin."""
        return np.asarray(self.response.reshape(-1, self.per_bin).sum(axis=1))

    @property
    def constant(self) -> Values:
        """Shape of a background that does not change with time: 1 in live bins."""
        return np.asarray(self.live, dtype=np.float64)

    def light(self, tau_ns: npt.ArrayLike) -> Values:
        """Return the light of decays of amplitude one (one photon a ns at the pulse).

        Parameters
        ----------
        tau_ns : array [...]
            Lifetimes in ns, above 0.

        Returns
        -------
        float64[..., bins]
            In ns; 0 in dead bins.

        Raises
        ------
        InputError
            If a lifetime is not positive.
        """
        tau = np.asarray(tau_ns, dtype=np.float64)
        if not (tau > 0).all():
            raise InputError(f"lifetime {tau.min():g} ns, expected more than 0")
        light = np.empty((tau.size, self.bins))
        period = math.inf if self.period_ns is None else self.period_ns
        _light(
            tau.ravel(),
            self.response,
            self.per_bin,
            self.bin_width_ns / self.per_bin,
            period,
            float(self.gate_ns or 0.0),
            light,
        )
        light[:, ~np.asarray(self.live)] = 0.0
        return light.reshape(*tau.shape, self.bins)


@kept(error_model="numpy")
def _light(
    tau: Any, response: Any, per_bin: Any, step: Any, period: Any, gate: Any, light: Any
) -> None:
    steps = len(response)
    record = steps * step
    reach = max(math.ceil(gate / step) - per_bin, 0)
    emitted = np.empty(steps + reach + 2)  # up to each edge
    for k in range(len(tau)):
        left = math.exp(-step / tau[k])
        gain = -math.expm1(-step / tau[k]) * tau[k] * tau[k] / step
        population = 0.0
        if period < math.inf:
            for j in range(steps):
                population = population * left + response[j] * gain
            population *= math.exp(-max(period - record, 0.0) / tau[k])
            population /= -math.expm1(-period / tau[k])
        emitted[0] = 0.0
        for j in range(steps + reach + 1):
            excited = response[j] if j < steps else 0.0
            after = population * left + excited * gain
            emitted[j + 1] = emitted[j] + (population + excited * tau[k] - after)
            population = after
        for i in range(light.shape[1]):
            start = i * per_bin
            end = start + gate / step
            whole = min(int(end + 1e-9), steps + reach)
            part = max(end - whole, 0.0)
            until = emitted[whole] + part * (emitted[whole + 1] - emitted[whole])
            light[k, i] = until - emitted[start]
