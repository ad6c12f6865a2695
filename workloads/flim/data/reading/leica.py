"""What is in Leica's LIF files: pictures, and photons that no free library unpacks.

`liffile` says what the photons are of, their time bins and the laser, and refuses to unpack them,
since a patent is pending for how. Leica's program exports the same measurement as PTU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stomp_flim.errors import shown
from workloads.flim.data.reading.libraries import library
from workloads.flim.data.reading.part import Part


def parts(path: Path) -> list[Part]:
    """Return the images of a file, none of which can be read.

    Raises
    ------
    InputError
        If `liffile` is not installed.
    Exception
        Whatever liffile raises at damage.
    """
    liffile = library(path, "liffile")
    with liffile.LifFile(path) as file:
        return [_photons(image) if image.is_flim else _picture(image) for image in file.images]


def _photons(image: Any) -> Part:
    kind = f"photons {shown(image.name)} ({''.join(image.dims)})"
    return Part(
        kind,
        tuple(image.shape),
        load=None,
        bin_width_ns=image.tcspc_resolution * 1e9,
        period_ns=image.global_resolution * 1e9,
        refusal=f"{kind} are packed as no free library unpacks them, expected the PTU file that "
        "Leica's program exports",
    )


def _picture(image: Any) -> Part:
    kind = f"picture {shown(image.name)} ({''.join(image.dims)})"
    return Part(kind, tuple(image.shape), load=None, refusal=f"{kind}, expected an image of decays")
