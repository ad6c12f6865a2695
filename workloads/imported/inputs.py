"""Arrays that a user hands to a model, checked by the names and shapes of its file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stomp_flim.errors import InputError, near_names, shown
from workloads.imported.graph import Array, Info


def checked(infos: tuple[Info, ...], inputs: Mapping[str, Array], source: str) -> dict[str, Array]:
    """Return inputs in the types with which a model is run: float64, integers as they are.

    Parameters
    ----------
    infos : tuple of Info
        The inputs that the file names.
    inputs : mapping of str to array
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If a name is missing or unknown, or an array has no numbers or another shape.
    """
    known = [info.name for info in infos]
    for name in inputs:
        if name not in known:
            raise InputError(f"{source}: unknown input {shown(name)}; {near_names(name, known)}")
    found: dict[str, Array] = {}
    sizes: dict[str, int] = {}
    for info in infos:
        if info.name not in inputs:
            raise InputError(
                f"{source}: input {shown(info.name)} is missing; found "
                + (", ".join(map(shown, inputs)) or "none")
            )
        value = np.asarray(inputs[info.name])
        if value.dtype.kind not in "biuf":
            raise InputError(f"{source}: input {shown(info.name)} holds {value.dtype}, not numbers")
        if info.integer and value.dtype.kind == "f":
            raise InputError(
                f"{source}: input {shown(info.name)} holds {value.dtype}, expected whole numbers"
            )
        _check_shape(info, value.shape, sizes, source)
        found[info.name] = value if info.integer else value.astype(np.float64)
    return found


def _check_shape(info: Info, shape: tuple[int, ...], sizes: dict[str, int], source: str) -> None:
    """Check sizes that a file fixes, and that axes of one name have one size."""
    if info.shape is None:
        return
    fits = len(shape) == len(info.shape) and all(
        given == sizes.setdefault(size, given)
        if isinstance(size, str) and size != "?"
        else size in ("?", given)
        for size, given in zip(info.shape, shape, strict=False)
    )
    if not fits:
        expected = ", ".join(
            str(sizes.get(size, size)) if isinstance(size, str) else str(size)
            for size in info.shape
        )
        raise InputError(
            f"{source}: input {shown(info.name)} has shape {shape}, expected ({expected})"
        )
