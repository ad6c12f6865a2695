"""Arrays in NumPy's files."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stomp_flim.errors import InputError
from stomp_flim.interchange.numpy_files import names, read_archive, read_array

arrays = hnp.arrays(
    st.sampled_from(["<i8", ">i4", "u1", "<f4", "?", "<c8", "<U3"]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)


def npy(array):
    """Return an array as a file of NumPy's."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def announcing(shape, dtype="<u2", data=b""):
    """Return a file whose header announces an array."""
    stream = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + data


@settings(max_examples=50)
@given(arrays, st.booleans())
def test_numpy_writes_what_is_read(tmp_path_factory, array, fortran):
    """Any shape, order of axes and of bytes, in files of both kinds, compressed or not."""
    folder = tmp_path_factory.mktemp("numpy")
    array = np.asfortranarray(array) if fortran else array
    np.save(folder / "a.npy", array)
    np.savez(folder / "a.npz", a=array, other=np.zeros(2))
    np.savez_compressed(folder / "c.npz", a=array)
    for found in (
        read_array(folder / "a.npy"),
        read_archive(folder / "a.npz", wanted=["a"])["a"],
        read_archive(folder / "c.npz")["a"],
    ):
        assert (array.dtype, array.shape) == (found.dtype, found.shape)
        np.testing.assert_array_equal(array, found)
    assert ["a", "other"] == names(folder / "a.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (announcing((10**12,)), r"the array announces the shape \(1000000000000,\) of uint16, 2,0"),
        (announcing((2**31, 2**31, 2**31)), r".*expected at most the 0 that are there"),
        (announcing((3,), data=b"12345"), r".*6 bytes, expected at most the 5 that are there"),
        (announcing((1,), "|O", b"\0" * 8), "the array holds Python objects, expected numbers"),
        (announcing((-1,), data=b"1234"), "is not a NumPy array: "),
        (npy(np.zeros(2)).replace(b"(2,)", b"((((")[:-1], "is not a NumPy array: "),
        (b"\x93NUMPY\x03\0" + npy(np.zeros(2))[8:], r".*format \(3, 0\), expected 1.0 or 2.0"),
        (b"", "is not a NumPy array: "),
    ],
)
def test_a_wrong_array_is_refused(tmp_path, content, message):
    """Before room is made for it."""
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.npy: {message}"):
        read_array(path)


def archive(path, *members, method=zipfile.ZIP_DEFLATED):
    """Write an archive and return its bytes."""
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return path.read_bytes()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_wrong_archive_is_refused(tmp_path):
    """With the name of the array where one is wrong."""
    path = tmp_path / "a.npz"

    def refused(message, content=None):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=rf"a\.npz: {message}"):
            read_archive(path, "a file of weights")

    archive(path, ("a.npy", npy(np.zeros(2))), ("a.npy", npy(np.ones(2))))
    refused("array 'a' stands twice, expected once")
    archive(path, ("a.npy", announcing((10**12,))))
    refused("array 'a' announces the shape")
    archive(path, ("a.npy", b"no array"))
    refused("is not a file of weights: ")
    whole = archive(path, ("a.npy", npy(np.arange(100))))
    directory = whole.index(b"PK\x01\x02")

    def changed(offset, value):
        """Change the header of the member and its copy in the directory."""
        content = bytearray(whole)
        content[4 + offset] = content[directory + 6 + offset] = value
        return bytes(content)

    refused("is not a file of weights: .*encrypted", changed(2, 1))
    refused("is not a file of weights: .*compression", changed(4, 99))
    refused("is not a file of weights: ", changed(4, zipfile.ZIP_LZMA))
    refused(".*, expected a file of weights", changed(4, zipfile.ZIP_BZIP2))
    for cut in range(0, len(whole), 23):
        refused("is not a file of weights: ", whole[:cut])
    for at in range(60, directory - 8, 11):
        refused("", whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
