"""Files of measured images, by suffix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import ptufile
import tifffile

SHAPE = (5, 7, 135)
WIDTH_NS = 0.09


def example_counts() -> np.ndarray:
    """Make a small image with different numbers of rows, columns and bins."""
    return np.random.default_rng(3).poisson(4, SHAPE).astype(np.uint16)


def write(path: Path, counts: np.ndarray) -> Path:
    """Write an image in the format of the suffix."""
    if path.suffix == ".npy":
        np.save(path, counts)
    elif path.suffix == ".npz":
        np.savez(path, counts=counts, bin_width_ns=WIDTH_NS)
    elif path.suffix == ".ptu":
        ptufile.imwrite(path, counts, global_resolution=12.5e-9, tcspc_resolution=WIDTH_NS * 1e-9)
    else:
        tifffile.imwrite(path, np.moveaxis(counts, -1, 0), photometric="minisblack")
    return path
