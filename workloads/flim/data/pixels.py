"""Streams of synthetic pixels to train and test on: TPSFs and the truth behind them.

A recipe says from which ranges. `Recipe` is that of arXiv 2410.00948, section 3.1: bi-exponential
decays of drawn lifetimes and fractions, convolved with a response of each pixel's own, scaled to a
number of photons, with dark counts and Poisson noise; `workloads.flim.data.field` has that of
measured images. Batch ``i`` of a stream depends on its seed and on ``i`` alone, so that an
interrupted training finds its place again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.fixedpoint import Format
from hwmodels.gru.preprocess import preprocess
from stomp_flim.errors import InputError
from workloads.flim.data.irf import modeled_irfs
from workloads.flim.data.timebins import BIN_WIDTH_NS, PEAK_RANGE, STEPS
from workloads.flim.data.tpsf import LONG_LIFETIME_NS, SHORT_LIFETIME_NS, decay, expected_counts

Range = tuple[float, float]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PixelRecipe(ABC):
    """The ranges from which pixels are drawn, whatever they are."""

    @property
    @abstractmethod
    def photons(self) -> Range:
        """Fewest and most mean photons of a pixel, uniform in the logarithm."""

    @property
    @abstractmethod
    def lifetimes_ns(self) -> Range:
        """Shortest and longest lifetime in ns."""

    @abstractmethod
    def sample(self, count: int, generator: np.random.Generator) -> Pixels:
        """Draw pixels; everything random is the generator's."""

    def with_photons(self, photons: float) -> Self:
        """Return the recipe for pixels that all have these mean photons."""
        changes: Any = {"photons": (photons, photons)}
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the ranges by name, as a card or a checkpoint keeps them."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    def check(self, limits: Mapping[str, Range]) -> None:
        """Check that ranges by name lie within limits.

        Raises
        ------
        InputError
            If a range is empty, or not within its limits.
        """
        for name, (least, most) in limits.items():
            low, high = getattr(self, name)
            if not least <= low <= high <= most:
                raise InputError(
                    f"synthetic pixels: {name} is {low:g} to {high:g}, "
                    f"expected a range within {least:g} to {most:g}"
                )


@dataclass(frozen=True)
class Recipe(PixelRecipe):
    """The ranges from which pixels are drawn, uniformly unless said otherwise.

    Parameters
    ----------
    short_ns, long_ns : (float, float)
        Lifetimes; of two overlapping ranges the smaller draw is the short one.
    fraction : (float, float)
        Amplitude of the short component.
    photons : (float, float)
        Mean photons of a pixel without dark counts, uniform in the logarithm.
    dark_counts : (float, float)
        Mean dark counts of every bin.
    center_bins : (float, float)
        Centre of the response in time bins: default, a bin before the peaks that `infer` expects.
    fwhm_ns, tail_ns : (float, float)
        Width of the response and its exponential tail.

    Raises
    ------
    InputError
        If a range is empty, or holds what no pixel can have.
    """

    short_ns: Range = SHORT_LIFETIME_NS
    long_ns: Range = LONG_LIFETIME_NS
    fraction: Range = (0.0, 1.0)
    photons: Range = (500.0, 100_000.0)
    dark_counts: Range = (0.0, 0.5)
    center_bins: Range = (PEAK_RANGE[0] - 1.0, PEAK_RANGE[1] - 1.0)
    fwhm_ns: Range = (0.2, 0.3)
    tail_ns: Range = (0.0, 0.03)

    def __post_init__(self) -> None:
        window = STEPS * BIN_WIDTH_NS
        self.check(
            {
                "short_ns": (1e-3, window),
                "long_ns": (1e-3, window),
                "fraction": (0.0, 1.0),
                "photons": (1.0, 1e9),
                "dark_counts": (0.0, 1e6),
                "center_bins": (0.0, STEPS - 1.0),
                "fwhm_ns": (1e-3, window),
                "tail_ns": (0.0, window),
            }
        )

    @property
    def lifetimes_ns(self) -> Range:
        """Shortest and longest lifetime in ns."""
        return self.short_ns[0], self.long_ns[1]

    def sample(self, count: int, generator: np.random.Generator) -> Pixels:
        """Draw pixels; everything random is the generator's."""

        def draw(limits: Range) -> Values:
            return generator.uniform(*limits, count)

        first, second = draw(self.short_ns), draw(self.long_ns)
        tau1, tau2 = np.minimum(first, second), np.maximum(first, second)
        fraction = draw(self.fraction)
        low, high = np.log(self.photons)
        photons = np.exp(draw((low, high)))
        dark = draw(self.dark_counts)
        center = (draw(self.center_bins) + 0.5) * BIN_WIDTH_NS
        irf = modeled_irfs(center, draw(self.fwhm_ns), draw(self.tail_ns))
        mean = expected_counts(decay(tau1, tau2, fraction), irf, photons, dark)
        counts = generator.poisson(mean)
        return two_components(counts, irf, tau1, tau2, fraction, photons, dark)


WIDE = Recipe(short_ns=(0.05, 3.0), long_ns=(0.05, 3.0))
"""The lifetimes of the published student's later training data."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """Synthetic pixels with the truth behind them.

    Parameters
    ----------
    counts : int64 or float64[pixels, STEPS]
        Photon counts, the TPSFs; fractions of a count come from resampling.
    irf : float64[pixels, STEPS]
        Response of each pixel.
    tau_ns, share : float64[pixels, components]
        Lifetimes and amplitudes of the sum 1; a component of amplitude 0 is none.
    photons, dark_counts : float64[pixels]
        Mean photons of the light, and mean counts of background in every bin.
    """

    counts: npt.NDArray[Any]
    irf: Values
    tau_ns: Values
    share: Values
    photons: Values
    dark_counts: Values

    @property
    def tau1_ns(self) -> Values:
        """Lifetime of the first component in ns, the short one of a `Recipe`."""
        return self.tau_ns[:, 0]

    @property
    def tau2_ns(self) -> Values:
        """Lifetime of the second component in ns, the long one of a `Recipe`."""
        return self.tau_ns[:, 1]

    @property
    def fraction(self) -> Values:
        """Amplitude of the first component."""
        return self.share[:, 0]

    @property
    def mean_ns(self) -> Values:
        """Amplitude-weighted mean lifetime in ns."""
        return np.asarray((self.share * self.tau_ns).sum(axis=1))

    def inputs(
        self, target: Format = SEQ2SEQLITE_8_BIT.input, *, with_response: bool = False
    ) -> npt.NDArray[np.float32]:
        """Return the network's input, preprocessed and rounded as the accelerator does it.

        Parameters
        ----------
        target : Format
            Of the input codes.
        with_response : bool
            Whether the response, in parts of its peak, is a second input of each step.

        Returns
        -------
        float32[pixels, STEPS] or float32[pixels, STEPS, 2]
        """
        light = target.to_real(preprocess(self.counts)).astype(np.float32)
        if not with_response:
            return light
        response = target.to_real(response_codes(self.irf, target)).astype(np.float32)
        return np.stack((light, response), axis=-1)

    def targets(self) -> npt.NDArray[np.float32]:
        """Return the decays that the network is to find: float32[pixels, STEPS, 3]."""
        return targets(self.tau_ns, self.share)


def two_components(
    counts: npt.NDArray[Any],
    irf: Values,
    tau1_ns: Values,
    tau2_ns: Values,
    fraction: Values,
    photons: Values,
    dark_counts: Values,
) -> Pixels:
    """Return pixels of a short and a long component, the short one of the amplitude `fraction`."""
    tau, share = np.stack((tau1_ns, tau2_ns), 1), np.stack((fraction, 1 - fraction), 1)
    return Pixels(counts, irf, tau, share, photons, dark_counts)


def response_codes(irf: npt.ArrayLike, target: Format) -> npt.NDArray[np.int64]:
    """Return responses in parts of their peaks, as input codes of a network that reads them.

    Parameters
    ----------
    irf : array [..., STEPS]
        Responses on the network's time bins, in any unit.
    target : Format
        Of the codes.

    Raises
    ------
    InputError
        If a response has no peak.
    """
    response = np.asarray(irf, dtype=np.float64)
    peak = response.max(axis=-1, keepdims=True)
    if not (peak > 0).all():
        raise InputError("a response without a peak, expected some light in the network's bins")
    return target.quantize(response / peak)


def targets(tau_ns: npt.ArrayLike, share: npt.ArrayLike) -> npt.NDArray[np.float32]:
    r"""Return the noiseless decay without response and its two parts, from time 0 on.

    ``y_1 = a_1 exp(-t/tau_1)`` is the shortest component, ``y_2`` the sum of all others, and
    ``y_0 = y_1 + y_2``, at the times ``t = 0, 0.09 ns, ...``: then
    `workloads.flim.lifetimes.lifetimes.lifetimes` finds the amplitude, and the lifetimes up to the
    error of the trapezoid rule, 1.7% at 0.2 ns and 0.1% at 0.8 ns. A decay of one component is
    halved, so that both parts have its lifetime.

    Parameters
    ----------
    tau_ns, share : array [..., components]
        As of `Pixels`.

    Returns
    -------
    float32[..., STEPS, 3]
        Full decay, short and long part.
    """
    tau, amplitude = np.broadcast_arrays(
        np.asarray(tau_ns, dtype=np.float64), np.asarray(share, dtype=np.float64)
    )
    order = np.argsort(np.where(amplitude > 0, tau, np.inf), axis=-1, kind="stable")
    tau, amplitude = (np.take_along_axis(values, order, -1) for values in (tau, amplitude))
    times = np.arange(STEPS) * BIN_WIDTH_NS
    components = amplitude[..., None, :] * np.exp(-times[:, None] / tau[..., None, :])
    short, long = components[..., 0], components[..., 1:].sum(axis=-1)
    alone = ((amplitude > 0).sum(axis=-1) == 1)[..., None]
    short, long = np.where(alone, 0.5 * short, short), np.where(alone, 0.5 * short, long)
    return np.stack((short + long, short, long), axis=-1).astype(np.float32)


def batch(recipe: PixelRecipe, count: int, seed: int, index: int) -> Pixels:
    """Draw the batch of a number of the stream of a seed."""
    return recipe.sample(count, np.random.default_rng([seed, index]))


def stream(recipe: PixelRecipe, count: int, seed: int, start: int = 0) -> Iterator[Pixels]:
    """Draw batches without end, from the batch `start` of the seed's stream on."""
    index = start
    while True:
        yield batch(recipe, count, seed, index)
        index += 1
