"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from stomp_flim import InputError
from stomp_flim.files import output_folder, replacing


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
