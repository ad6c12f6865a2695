"""Files: read with one kind of error, and written whole or not at all."""

import errno
import lzma
import os
import select
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stomp_flim import InputError
from stomp_flim.files import output_folder, reading, replacing, writing


def test_a_file_appears_when_it_is_complete(tmp_path):
    """Until then the old one stays; afterwards nothing else is left."""
    path = tmp_path / "speedup.csv"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert "old" == path.read_text()
        assert path.suffix == temporary.suffix
        assert path.parent == temporary.parent
    assert "new" == path.read_text()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_half_written_is_left(tmp_path, error):
    """An error or an interrupt leaves the folder as it was."""
    path = tmp_path / "speedup.csv"
    path.write_text("old")

    def interrupted():
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise error

    with pytest.raises(error):
        interrupted()
    assert "old" == path.read_text()
    assert [path] == list(tmp_path.iterdir())


def test_files_have_the_permissions_of_any_new_file(tmp_path):
    """The umask decides, not the temporary file."""
    path, usual = tmp_path / "speedup.csv", tmp_path / "usual"
    usual.touch()
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert stat.S_IMODE(usual.stat().st_mode) == stat.S_IMODE(path.stat().st_mode)


def test_a_missing_folder_is_named(tmp_path):
    """The path and why it cannot be written."""
    path = tmp_path / "missing" / "speedup.csv"
    with pytest.raises(InputError) as error, replacing(path):
        pass
    assert f"{path}: cannot be written: No such file or directory" == str(error.value)


def test_a_folder_in_the_way_is_named(tmp_path):
    """A folder cannot be replaced by a file."""
    with pytest.raises(InputError) as error, replacing(tmp_path):
        pass
    assert f"{tmp_path}: cannot be written: Is a directory" == str(error.value)
    assert [] == list(tmp_path.iterdir())


@pytest.fixture
def read_only(tmp_path):
    """Return a folder in which not even the administrator can create a file."""
    if os.geteuid() == 0:
        folder = Path("/proc/self")
        if not folder.is_dir():
            pytest.skip("no file system that refuses the administrator")
        return folder
    tmp_path.chmod(0o555)
    return tmp_path


def test_a_read_only_folder_is_named(read_only):
    """The path and why it cannot be written."""
    path = read_only / "speedup.csv"
    with pytest.raises(InputError, match=r"speedup\.csv: cannot be written: "), replacing(path):
        pass


def test_an_output_folder_is_made_with_its_parents(tmp_path):
    """Also when it exists already; nothing is left in it."""
    folder = tmp_path / "results" / "speedup"
    for _ in range(2):
        assert folder == output_folder(folder)
        assert [] == list(folder.iterdir())


def test_a_file_in_the_way_of_an_output_folder_is_named(tmp_path):
    """Where the folder should be, or one of its parents."""
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "results"):
        with pytest.raises(InputError, match=f"{folder}: cannot be used as output folder: "):
            output_folder(folder)


def test_an_output_folder_that_cannot_be_written_is_named(read_only):
    """It exists, but that is not enough."""
    with pytest.raises(InputError, match=f"{read_only}: cannot be used as output folder: "):
        output_folder(read_only)


@pytest.mark.parametrize(
    "name", ["n" * 250, "n" * 251 + ".npz", "é" * 120 + ".npz", "\U0001f308" * 40 + "." + "é" * 40]
)
def test_a_long_name_is_written(tmp_path, name):
    """A name of up to 255 bytes is one that the system knows; that of the temporary file is too."""
    with replacing(tmp_path / name) as temporary:
        temporary.write_text("new")
    assert [name] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["n" * 300, "a\0b"])
def test_what_is_no_name_is_refused(tmp_path, name):
    """And nothing is left behind."""
    message = r"cannot be written: File name too long|a name with NUL"
    with pytest.raises(InputError, match=message), replacing(tmp_path / name) as temporary:
        temporary.write_text("new")
    assert [] == list(tmp_path.iterdir())


def test_a_full_disk_is_an_input_error(tmp_path):
    """It names the file that was asked for; the old one stays, and nothing else is left."""
    path = tmp_path / "results.csv"
    path.write_text("old")
    with pytest.raises(InputError) as caught, replacing(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert f"{path}: cannot be written: No space left on device" == str(caught.value)
    assert [(path, "old")] == [(found, found.read_text()) for found in tmp_path.iterdir()]


def test_an_error_of_the_body_is_not_hidden_by_the_clean_up(tmp_path):
    """The folder is gone, too: what is told is the first error, of the disk or of the body."""

    def fail(error, folder):
        with replacing(folder / "a") as temporary:
            temporary.unlink()
            folder.rmdir()
            raise error

    for error, shown in ((OSError(errno.EDQUOT, "quota"), "quota"), (KeyError("odd"), "odd")):
        (tmp_path / shown).mkdir()
        with pytest.raises((InputError, KeyError), match=shown):
            fail(error, tmp_path / shown)


def test_a_link_is_followed(tmp_path):
    """What it leads to is written, there already or not, also through a second link."""
    (tmp_path / "there").write_text("old")
    for name in ("there", "new"):
        (tmp_path / f"near-{name}").symlink_to(name)
        (tmp_path / f"far-{name}").symlink_to(f"near-{name}")
        with replacing(tmp_path / f"far-{name}") as temporary:
            temporary.write_text("new")
        assert (tmp_path / f"far-{name}").is_symlink()
        assert (tmp_path / f"near-{name}").is_symlink()
        assert "new" == (tmp_path / name).read_text()


def test_a_link_into_another_folder_is_followed(tmp_path):
    """The temporary file is made where the rename will be, not where the link is."""
    other = tmp_path / "other"
    other.mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to(other / "file.csv")
    with replacing(link) as temporary:
        assert other == temporary.parent
        temporary.write_text("new")
    assert ["file.csv"] == [path.name for path in other.iterdir()]


def test_links_in_a_circle_are_refused(tmp_path):
    """They lead to nothing, and stay."""
    for name, target in (("a", "b"), ("b", "a")):
        (tmp_path / name).symlink_to(target)
    with pytest.raises(InputError, match=r"a: cannot be written: "), replacing(tmp_path / "a"):
        pass
    assert ["a", "b"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_named_pipe_is_written_into(tmp_path):
    """The reader gets everything in one piece, and the pipe stays one."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as executor:
        read = executor.submit(pipe.read_bytes)
        with replacing(pipe) as temporary:
            assert ".csv" == temporary.suffix
            temporary.write_bytes(b"new" * 100_000)
        assert b"new" * 100_000 == read.result()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [pipe] == list(tmp_path.iterdir())


def test_a_pipe_without_a_reader_left_is_an_input_error(tmp_path):
    """Whatever it is that the system says of it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def write():
        with replacing(pipe) as temporary:
            temporary.write_bytes(b"new" * 10_000_000)

    with ThreadPoolExecutor(1) as executor:
        written = executor.submit(write)
        while not select.select([reader], [], [], 1)[0] and not written.done():
            pass
        os.close(reader)
        with pytest.raises(InputError, match=r"pipe: cannot be written: Broken pipe"):
            written.result()


def test_a_device_is_written_into():
    """It stays what it is, also for the administrator, who could replace it by a file."""
    before = Path(os.devnull).stat()
    with replacing(os.devnull) as temporary:
        temporary.write_text("new")
        assert Path(os.devnull).parent != temporary.parent
    after = Path(os.devnull).stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (before.st_ino, before.st_rdev) == (after.st_ino, after.st_rdev)


def test_a_full_device_is_an_input_error(tmp_path):
    """Also through a link."""
    link = tmp_path / "full.csv"
    link.symlink_to("/dev/full")
    with (
        pytest.raises(InputError, match=r"full\.csv: cannot be written: No space left on device"),
        replacing(link) as temporary,
    ):
        temporary.write_text("new")
    assert [link] == list(tmp_path.iterdir())


WRITE_TO_STANDARD_OUTPUT = """
from stomp_flim.files import replacing
print("before", flush=True)
with replacing("/dev/stdout") as temporary:
    temporary.write_text("new\\n")
print("after")
"""


@pytest.mark.parametrize("target", ["pipe", "file"])
def test_standard_output_is_written_into(tmp_path, target):
    """Whether it goes to a pipe or to a file: what is printed before and after is kept."""
    command = [sys.executable, "-c", WRITE_TO_STANDARD_OUTPUT]
    if target == "pipe":
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    else:
        with (tmp_path / "out").open("ab") as file:
            subprocess.run(command, check=True, stdout=file)
        found = (tmp_path / "out").read_bytes()
    assert b"before\nnew\nafter\n" == found


def deep(depth):
    """Call itself for ever."""
    return deep(depth + 1)


@pytest.mark.parametrize(
    ("throw", "reason"),
    [
        (lambda: Path("none").read_bytes(), "No such file or directory"),
        (lambda: Path().read_bytes(), "Is a directory"),
        (lambda: bytearray(2**62), "more memory is needed than there is"),
        (lambda: deep(0), "nested too deeply"),
        (lambda: b"\xff".decode(), "not UTF-8 text: invalid start byte, byte 0"),
        (lambda: "\ud800".encode(), "a character that cannot be written: "),
        (lambda: float(10**400), "a number that is too large: "),
        (lambda: zlib.decompress(b"x"), "is not a graph: "),
        (lambda: lzma.decompress(b"x"), "is not a graph: "),
        (lambda: struct.unpack("i", b""), "is not a graph: "),
        (lambda: zipfile.ZipFile(Path(__file__)), "is not a graph: "),
    ],
)
def test_what_the_system_throws_is_an_input_error(throw, reason):
    """The file, the reason and what was expected."""
    with pytest.raises(InputError) as caught, reading("f", "a graph", damage=ValueError):
        throw()
    message = str(caught.value)
    assert message.removeprefix("f: ").removeprefix("cannot be read: ").startswith(reason)
    assert message.startswith("f: is not a graph: ") or message.endswith(", expected a graph")


@pytest.mark.parametrize(
    ("what", "message"),
    [("", "f: damaged or truncated: odd"), ("a card", "f: is not a card: odd")],
)
def test_what_a_library_throws_at_damage_is_an_input_error(what, message):
    """Where the reader names its exceptions."""
    with pytest.raises(InputError) as caught, reading("f", what, damage=KeyError):
        raise KeyError("odd")
    assert message == str(caught.value).replace("'", "")


def test_a_fault_of_the_program_is_none_of_the_input():
    """Nobody should look for it in a file."""
    with pytest.raises(KeyError), reading("f"):
        raise KeyError("x")
    with pytest.raises(InputError, match=r"^mine$"), reading("f", damage=Exception):
        raise InputError("mine")


def test_of_files_written_beside_each_other_the_right_one_is_named(tmp_path):
    """Not the one that was opened last; and neither is left."""

    def write():
        with replacing(tmp_path / "a"), replacing(tmp_path / "b"), writing(tmp_path / "a"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError, match=r"a: cannot be written: No space left on device"):
        write()
    assert [] == list(tmp_path.iterdir())
