"""Maps as TIFF: a stack for ImageJ, or an OME-TIFF, whose planes carry their names.

All planes are float32, NaN where there is no result: whole counts are exact up to 2^24, flags are
whole numbers, and the mask is 0 or 1.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

from experiments.infer.outputs.planes import planes, stack
from stomp_flim.files import writing
from workloads.flim.lifetimes.lifetime_map import LifetimeMap

SUFFIXES = (".tif", ".tiff")

_MICROMETRE = "\N{MICRO SIGN}m"


def is_ome(path: Path) -> bool:
    """Return whether a name is that of an OME-TIFF.

    Examples
    --------
    >>> from pathlib import Path
    >>> from experiments.infer.outputs.tiff import is_ome
    >>> is_ome(Path("cells.ome.tif")), is_ome(Path("cells.tif"))
    (True, False)
    """
    return path.name.lower().endswith(tuple(f".ome{suffix}" for suffix in SUFFIXES))


def write(
    path: Path, found: LifetimeMap, *, ome: bool = False, pixel_um: float | None = None
) -> None:
    """Write a map as a stack with the axes CYX.

    Parameters
    ----------
    path : Path
        The file. Its name need not say whether it is an OME-TIFF: that of a temporary one cannot.
    found : LifetimeMap
        Its planes are channels: lifetime, uncertainty, each component's lifetime and share,
        background, counts, reduced chi-square, flags, mask.
    ome : bool
        OME-TIFF, whose channels have names, instead of ImageJ's labels of slices.
    pixel_um : float, optional
        Edge of a pixel in um.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    import tifffile

    values, names = stack(found), list(planes(found))
    metadata: dict[str, Any] = {"axes": "CYX"}
    options: dict[str, Any] = {}
    if ome:
        digest = hashlib.sha256(values.tobytes()).hexdigest()  # equal maps are equal files
        metadata |= {
            "Channel": {"Name": names},
            "Description": found.about,
            "UUID": str(uuid.uuid5(uuid.NAMESPACE_OID, digest)),
        }
        if pixel_um is not None:
            for axis in "XY":
                metadata |= {
                    f"PhysicalSize{axis}": pixel_um,
                    f"PhysicalSize{axis}Unit": _MICROMETRE,
                }
    else:
        # Written with all of ImageJ's axes, or a single pixel would become one page of one column.
        values = values[None, None, ..., None]
        metadata |= {"axes": "TZCYXS", "Labels": names, "mode": "grayscale", "Info": found.about}
        if pixel_um is not None:
            metadata["unit"] = "um"
            options["resolution"] = (1 / pixel_um, 1 / pixel_um)
    with writing(path):
        tifffile.imwrite(
            path,
            values,
            ome=ome,
            imagej=not ome,
            photometric="minisblack",  # or three columns would be taken for colours
            metadata=metadata,
            **options,
        )
