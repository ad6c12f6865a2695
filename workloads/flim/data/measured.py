"""Measured FLIM images: one immutable object, whatever the file format.

`workloads.flim.data.reading` makes it of files. Counts are what the instrument stored; Becker &
Hickl modules can be set to add more than one count for a photon.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError

WIDEST_BIN_NS = 1.0
"""Wider bins cannot resolve the lifetimes; a larger number is a width in ps by mistake."""


@dataclass(frozen=True, eq=False)
class MeasuredImage:
    """A FLIM image: a histogram of photon arrival times for each pixel.

    Parameters
    ----------
    counts : array [rows, columns, bins]
        Photon counts, integers or floats, finite and not negative. Kept as a read-only view, floats
        of 16 bits as ones of 32, since sums of theirs end at 65,504.
    bin_width_ns : float
        Width of a time bin in ns.
    source : str
        Where the image comes from, as error messages and provenance name it.
    period_ns : float, optional
        Time between two pulses of the laser in ns, where it is known.
    pulses : float, optional
        Pulses of the laser that a pixel saw, where it is known.
    notes : tuple of str
        What of the file was left out or assumed, one sentence each.

    Raises
    ------
    InputError
        If the counts, the width, the period or the number of pulses are none of that.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.data.measured import MeasuredImage
    >>> image = MeasuredImage(np.ones((2, 3, 135)), 0.09, "an example", period_ns=12.5)
    >>> image.shape, image.bins
    ((2, 3), 135)
    """

    counts: npt.NDArray[Any]
    bin_width_ns: float
    source: str
    period_ns: float | None = None
    pulses: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts)
        if counts.ndim != 3 or 0 in counts.shape:
            raise InputError(
                f"{self.source}: counts have the shape {counts.shape}, "
                "expected [rows, columns, time bins]"
            )
        if counts.dtype.kind not in "uif":
            raise InputError(
                f"{self.source}: counts are of type {counts.dtype}, expected integers or floats"
            )
        if counts.shape[-1] < 2:
            raise InputError(f"{self.source}: 1 time bin, expected a histogram of at least 2")
        # NaN and infinity survive min and max: no temporary array of the image's size is needed.
        lowest, highest = counts.min(), counts.max()
        if not (np.isfinite(lowest) and np.isfinite(highest)):
            raise InputError(f"{self.source}: counts hold NaN or infinity, expected finite numbers")
        if lowest < 0:
            raise InputError(f"{self.source}: a count is {lowest}, expected none below 0")
        if not 0 < self.bin_width_ns <= WIDEST_BIN_NS:
            raise InputError(
                f"{self.source}: bin width {self.bin_width_ns} ns, "
                f"expected more than 0 and at most {WIDEST_BIN_NS} ns"
            )
        for what, value in (("laser period", self.period_ns), ("number of pulses", self.pulses)):
            if value is not None and not 0 < value < float("inf"):
                raise InputError(f"{self.source}: {what} {value}, expected a number above 0")
        counts = counts.astype(np.float32) if counts.dtype == np.float16 else counts.view()
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "bin_width_ns", float(self.bin_width_ns))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns, _ = self.counts.shape
        return rows, columns

    @cached_property
    def intensity(self) -> npt.NDArray[Any]:
        """Counts of each pixel [rows, columns] over the whole record."""
        return np.asarray(self.counts.sum(axis=-1))

    @property
    def bins(self) -> int:
        """Number of time bins."""
        return int(self.counts.shape[-1])


def bin_pixels(image: MeasuredImage, size: int) -> MeasuredImage:
    """Sum the counts of blocks of `size` x `size` pixels.

    A block saw the pulses of all its pixels. Rows and columns at the lower and right edge that do
    not fill a block are dropped, as a camera does: a partial block would be a pixel of another
    brightness.

    Raises
    ------
    InputError
        If `size` is below 1 or larger than the image.
    """
    rows, columns = image.shape
    if not 1 <= size <= min(rows, columns):
        raise InputError(
            f"{image.source}: pixel binning {size}, expected 1 to {min(rows, columns)} "
            f"for {rows} x {columns} pixels"
        )
    if size == 1:
        return image
    whole = image.counts[: rows // size * size, : columns // size * size]
    blocks = whole.reshape(rows // size, size, columns // size, size, image.bins)
    pulses = None if image.pulses is None else image.pulses * size**2
    return replace(image, counts=blocks.sum(axis=(1, 3)), pulses=pulses)
