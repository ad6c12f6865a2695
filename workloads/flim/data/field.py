"""Pixels as measured images have them: instruments of all kinds, one to three lifetimes.

Wider on each side than what a network is used for, so that the ends of the one are not those of the
other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stomp_flim.errors import InputError
from workloads.flim.data.pixels import PixelRecipe, Pixels, Range, Values
from workloads.flim.data.records import Records
from workloads.flim.data.timebins import BACKGROUND_BINS, BIN_WIDTH_NS, PEAK_RANGE, STEPS

NEVER_NS = math.inf
"""Laser period where no pulse follows another."""


@dataclass(frozen=True)
class FieldRecipe(PixelRecipe):
    """The ranges of lifetimes and instruments; those marked (log) are uniform in the logarithm.

    Parameters
    ----------
    components : (float, float, float)
        Shares of pixels with one, two and three lifetimes; amplitudes are uniform on their simplex.
    tau_ns : (float, float)
        Each lifetime (log).
    photons : (float, float)
        Mean counts of a record, background included (log).
    clean : float
        Share of pixels without background.
    background : (float, float)
        Share of the counts that are background, of the other pixels.
    fwhm_ns : (float, float)
        Width of the response's Gaussian (log).
    tailed : float
        Share of responses of which a part is smeared by an exponential.
    tail_share, tail_ns : (float, float)
        That part, and the time constant of the exponential (log).
    once : float
        Share of records without a second pulse.
    period_ns, slow_period_ns : (float, float)
        Laser period of one half and of the other half of the other records.
    coarse : float
        Share of records with coarse bins.
    width_ns, coarse_width_ns : (float, float)
        Width of a fine and of a coarse bin (log).
    before_ns, after_ns : (float, float)
        Time from the beginning of the record to the pulse, and from there to its end, which the
        period cuts.
    pulse_bins, aligned_bins : (float, float)
        The network's time bin of the pulse, for one half of the records and for the other half.

    Raises
    ------
    InputError
        If a range is empty, or holds what no pixel can have, or a share is none.

    Examples
    --------
    >>> from workloads.flim.data.field import FIELD
    >>> from workloads.flim.data.pixels import batch
    >>> pixels = batch(FIELD, 100, seed=1, index=0)
    >>> pixels.inputs(with_response=True).shape, pixels.targets().shape
    ((100, 135, 2), (100, 135, 3))
    """

    components: tuple[float, float, float] = (0.3, 0.45, 0.25)
    tau_ns: Range = (0.08, 6.0)
    photons: Range = (40.0, 120_000.0)
    clean: float = 0.3
    background: Range = (0.0, 0.32)
    fwhm_ns: Range = (0.045, 0.65)
    tailed: float = 0.5
    tail_share: Range = (0.0, 1.0)
    tail_ns: Range = (0.05, 0.6)
    once: float = 1 / 3
    period_ns: Range = (12.5, 15.0)
    slow_period_ns: Range = (15.0, 26.0)
    coarse: float = 0.3
    width_ns: Range = (0.03, 0.1)
    coarse_width_ns: Range = (0.1, 0.4)
    before_ns: Range = (1.2, 3.5)
    after_ns: Range = (7.5, 10.5)
    pulse_bins: Range = (float(PEAK_RANGE[0]), float(PEAK_RANGE[1]))
    aligned_bins: Range = (42.5, 48.0)

    def __post_init__(self) -> None:
        window = STEPS * BIN_WIDTH_NS
        within = {
            "tau_ns": (1e-3, 1e3),
            "photons": (1.0, 1e9),
            "background": (0.0, 0.99),
            "fwhm_ns": (1e-2, 2.0),
            "tail_share": (0.0, 1.0),
            "tail_ns": (1e-3, 2.0),
            "period_ns": (1.0, 1e6),
            "slow_period_ns": (1.0, 1e6),
            "width_ns": (1e-2, 1.0),
            "coarse_width_ns": (1e-2, 1.0),
            "before_ns": (BACKGROUND_BINS * BIN_WIDTH_NS, window),
            "after_ns": (1.0, 2 * window),
            "pulse_bins": (0.0, float(STEPS)),
            "aligned_bins": (0.0, float(STEPS)),
        }
        self.check(within)
        if len(self.components) != 3 or not math.isclose(sum(self.components), 1.0):
            raise InputError(
                f"synthetic pixels: components is {self.components}, expected three shares of sum 1"
            )
        shares = {name: getattr(self, name) for name in ("clean", "tailed", "once", "coarse")}
        for name, value in [*shares.items(), *(("components", v) for v in self.components)]:
            if not 0 <= value <= 1:
                raise InputError(f"synthetic pixels: {name} is {value:g}, expected 0 to 1")
        shortest = min(self.period_ns[0], self.slow_period_ns[0])
        if self.once < 1 and shortest <= self.before_ns[1]:
            raise InputError(
                f"synthetic pixels: period_ns is {shortest:g}, "
                f"expected more than before_ns, {self.before_ns[1]:g}"
            )

    @property
    def lifetimes_ns(self) -> Range:
        """Shortest and longest lifetime in ns."""
        return self.tau_ns

    def records(self, count: int, generator: np.random.Generator) -> Records:
        """Draw decays and the instruments that record them, without noise."""

        def even(limits: Range) -> Values:
            return generator.uniform(*limits, count)

        def logarithmic(limits: Range) -> Values:
            return np.exp(even((math.log(limits[0]), math.log(limits[1]))))

        def either(share: float, first: Values, second: Values) -> Values:
            return np.where(generator.random(count) < share, first, second)

        number = 1 + generator.choice(3, count, p=self.components)
        present = np.arange(3) < number[:, None]
        tau = np.stack([logarithmic(self.tau_ns) for _ in range(3)], axis=1)
        # Exponential numbers in parts of their sum are uniform on the simplex.
        amplitude = np.where(present, generator.exponential(size=(count, 3)), 0.0)
        none = np.zeros(count)
        period = either(0.5, even(self.period_ns), even(self.slow_period_ns))
        period = either(self.once, np.full(count, NEVER_NS), period)
        before = even(self.before_ns)
        return Records(
            tau_ns=np.where(present, tau, 1.0),
            share=amplitude / amplitude.sum(axis=1, keepdims=True),
            photons=logarithmic(self.photons),
            background=either(self.clean, none, even(self.background)),
            fwhm_ns=logarithmic(self.fwhm_ns),
            tail_share=either(self.tailed, even(self.tail_share), none),
            tail_ns=logarithmic(self.tail_ns),
            period_ns=period,
            width_ns=either(
                self.coarse, logarithmic(self.coarse_width_ns), logarithmic(self.width_ns)
            ),
            before_ns=before,
            length_ns=np.minimum(before + even(self.after_ns), period),
            pulse_bin=either(0.5, even(self.pulse_bins), even(self.aligned_bins)),
        )

    def sample(self, count: int, generator: np.random.Generator) -> Pixels:
        """Draw pixels; everything random is the generator's."""
        return self.records(count, generator).pixels(int(generator.integers(2**31)))


FIELD = FieldRecipe()
"""Lifetimes of 0.1 to 5 ns on the instruments of laboratories, and somewhat more on each side."""
