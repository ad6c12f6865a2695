"""Tensors of an ONNX file as arrays; data outside the file only from its own folder."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from stomp_flim.errors import InputError, shown
from stomp_flim.files import reading
from workloads.imported.graph import Array, as_float64

MOST_BYTES = 2**30
"""Of a tensor: 1 GiB, thousands of times a recurrent layer."""


def array_of(tensor: Any, path: Path) -> Array:
    """Return a tensor of a file as an array.

    Parameters
    ----------
    tensor : onnx.TensorProto
    path : Path
        The file, beside which external data lie.

    Raises
    ------
    InputError
        If the tensor holds no numbers, its data are missing, of another size than its shape says or
        outside the file's folder, or a weight is not a number (NaN).
    """
    from onnx import TensorProto, helper, numpy_helper

    place = f"{path}: tensor {shown(tensor.name)}"
    if tensor.data_type in (TensorProto.STRING, TensorProto.UNDEFINED):
        what = "text" if tensor.data_type == TensorProto.STRING else "values of no known type"
        raise InputError(f"{place} holds {what}, expected numbers")
    try:
        dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except (KeyError, ValueError, TypeError):
        raise InputError(f"{place} has type {tensor.data_type}, expected one of ONNX") from None
    if dtype.kind == "c":
        raise InputError(f"{place} holds complex numbers, expected real ones")
    shape = tuple(tensor.dims)
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > MOST_BYTES:
        raise InputError(f"{place} has shape {shape}, expected at most {MOST_BYTES:,} bytes")
    if tensor.data_location == TensorProto.EXTERNAL:
        tensor = _with_external_data(tensor, path, place)
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{place} has shape {shape}, and its data do not fit: {error}") from error
    array = as_float64(array)
    if array.dtype.kind == "f" and np.isnan(array).any():
        index = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(np.isnan(array))))
        raise InputError(f"{place} holds NaN at {list(index)}, expected numbers")
    return array


def _with_external_data(tensor: Any, path: Path, place: str) -> Any:
    """Return the tensor with the data that stand in a file of their own."""
    from onnx import TensorProto

    entries = {entry.key: entry.value for entry in tensor.external_data}
    file = _inside(entries.get("location", ""), path.parent, place)
    try:
        offset, length = (int(entries[k]) if k in entries else None for k in ("offset", "length"))
    except ValueError as error:
        raise InputError(f"{place}: external data: {error}, expected a number of bytes") from None
    start, most = offset or 0, MOST_BYTES if length is None else length
    if start < 0 or not 0 <= most <= MOST_BYTES:
        raise InputError(
            f"{place}: external data of {most} bytes from {start}, "
            f"expected at most {MOST_BYTES:,} from 0 or more"
        )
    with reading(file, "the external data of a model"), file.open("rb") as stream:
        stream.seek(start)
        data = stream.read(most)
    if length is not None and len(data) != length:
        raise InputError(
            f"{place}: {file} has {len(data):,} bytes from {start}, expected {length:,}"
        )
    whole = TensorProto()
    whole.CopyFrom(tensor)
    whole.ClearField("external_data")
    whole.data_location = TensorProto.DEFAULT
    whole.raw_data = data
    return whole


def _inside(location: str, folder: Path, place: str) -> Path:
    """Return the file of external data, which no path and no link may lead out of the folder."""
    refused = InputError(
        f"{place}: external data in {shown(location)}, expected a file inside the model's folder"
    )
    windows, posix = PureWindowsPath(location), PurePosixPath(location)
    if not location or "\0" in location or posix.is_absolute() or windows.anchor:
        raise refused
    if ".." in (*posix.parts, *windows.parts):
        raise refused
    with reading(folder / location):
        file = (folder / location).resolve()
        if not file.is_relative_to(folder.resolve()) or (file.exists() and not file.is_file()):
            raise refused
    return file
