"""Streams of synthetic pixels to train and test on: TPSFs and the truth behind them.

After arXiv 2410.00948, section 3.1: bi-exponential decays of drawn lifetimes and fractions,
convolved with a response of each pixel's own, scaled to a number of photons, with dark counts and
Poisson noise. Batch ``i`` of a stream depends on its seed and on ``i`` alone, so that an
interrupted training finds its place again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

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


@dataclass(frozen=True)
class Recipe:
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
        limits = {
            "short_ns": (1e-3, window),
            "long_ns": (1e-3, window),
            "fraction": (0.0, 1.0),
            "photons": (1.0, 1e9),
            "dark_counts": (0.0, 1e6),
            "center_bins": (0.0, STEPS - 1.0),
            "fwhm_ns": (1e-3, window),
            "tail_ns": (0.0, window),
        }
        for field in fields(self):
            low, high = getattr(self, field.name)
            least, most = limits[field.name]
            if not least <= low <= high <= most:
                raise InputError(
                    f"synthetic pixels: {field.name} is {low:g} to {high:g}, "
                    f"expected a range within {least:g} to {most:g}"
                )

    def to_dict(self) -> dict[str, list[float]]:
        """Return the ranges by name, as a card or a checkpoint keeps them."""
        return {name: list(limits) for name, limits in asdict(self).items()}


WIDE = Recipe(short_ns=(0.05, 3.0), long_ns=(0.05, 3.0))
"""The lifetimes of the published student's later training data."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """Synthetic pixels with the truth behind them.

    Parameters
    ----------
    counts : int64[pixels, STEPS]
        Photon counts, the TPSFs.
    irf : float64[pixels, STEPS]
        Response of each pixel.
    tau1_ns, tau2_ns, fraction, photons, dark_counts : float64[pixels]
        What was drawn.
    """

    counts: npt.NDArray[np.int64]
    irf: npt.NDArray[np.float64]
    tau1_ns: npt.NDArray[np.float64]
    tau2_ns: npt.NDArray[np.float64]
    fraction: npt.NDArray[np.float64]
    photons: npt.NDArray[np.float64]
    dark_counts: npt.NDArray[np.float64]

    @property
    def mean_ns(self) -> npt.NDArray[np.float64]:
        """Amplitude-weighted mean lifetime in ns."""
        return self.fraction * self.tau1_ns + (1 - self.fraction) * self.tau2_ns

    def inputs(self, target: Format = SEQ2SEQLITE_8_BIT.input) -> npt.NDArray[np.float32]:
        """Return the network's input, preprocessed and rounded as the accelerator does it."""
        return target.to_real(preprocess(self.counts)).astype(np.float32)

    def targets(self) -> npt.NDArray[np.float32]:
        """Return the decays that the network is to find: float32[pixels, STEPS, 3]."""
        return targets(self.tau1_ns, self.tau2_ns, self.fraction)


def targets(
    tau1_ns: npt.ArrayLike, tau2_ns: npt.ArrayLike, fraction: npt.ArrayLike
) -> npt.NDArray[np.float32]:
    r"""Return the noiseless decay without response and its two components, from time 0 on.

    ``y_1 = A exp(-t/tau_1)``, ``y_2 = (1 - A) exp(-t/tau_2)`` and ``y_0 = y_1 + y_2`` at the times
    ``t = 0, 0.09 ns, ...``: then `workloads.flim.lifetimes.lifetimes.lifetimes` finds A, and the
    lifetimes up to the error of the trapezoid rule, 1.7% at 0.2 ns and 0.1% at 0.8 ns.

    Parameters
    ----------
    tau1_ns, tau2_ns, fraction : array [...]
        As of `workloads.flim.data.tpsf.decay`.

    Returns
    -------
    float32[..., STEPS, 3]
        Full decay, short and long component.
    """
    tau1, tau2, share = (
        np.asarray(value, dtype=np.float64)[..., None] for value in (tau1_ns, tau2_ns, fraction)
    )
    times = np.arange(STEPS) * BIN_WIDTH_NS
    short = share * np.exp(-times / tau1)
    long = (1 - share) * np.exp(-times / tau2)
    return np.stack((short + long, short, long), axis=-1).astype(np.float32)


def sample(recipe: Recipe, count: int, generator: np.random.Generator) -> Pixels:
    """Draw pixels.

    Parameters
    ----------
    recipe : Recipe
    count : int
        Number of pixels.
    generator : numpy Generator
        Source of everything random.
    """

    def draw(limits: Range) -> npt.NDArray[np.float64]:
        return generator.uniform(*limits, count)

    first, second = draw(recipe.short_ns), draw(recipe.long_ns)
    tau1, tau2 = np.minimum(first, second), np.maximum(first, second)
    fraction = draw(recipe.fraction)
    low, high = np.log(recipe.photons)
    photons = np.exp(draw((low, high)))
    dark = draw(recipe.dark_counts)
    irf = modeled_irfs(
        (draw(recipe.center_bins) + 0.5) * BIN_WIDTH_NS, draw(recipe.fwhm_ns), draw(recipe.tail_ns)
    )
    mean = expected_counts(decay(tau1, tau2, fraction), irf, photons, dark)
    return Pixels(generator.poisson(mean), irf, tau1, tau2, fraction, photons, dark)


def batch(recipe: Recipe, count: int, seed: int, index: int) -> Pixels:
    """Draw the batch of a number of the stream of a seed."""
    return sample(recipe, count, np.random.default_rng([seed, index]))


def stream(recipe: Recipe, count: int, seed: int, start: int = 0) -> Iterator[Pixels]:
    """Draw batches without end, from the batch `start` of the seed's stream on."""
    index = start
    while True:
        yield batch(recipe, count, seed, index)
        index += 1
