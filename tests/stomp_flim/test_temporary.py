"""Temporary files: gone when their process is, and never before."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from stomp_flim.files import replacing
from stomp_flim.temporary import temporary_file

KILLED = """
import os, signal, sys
from stomp_flim.files import replacing
with replacing(sys.argv[1]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""

WAITING = """
import sys
from stomp_flim.files import replacing
with replacing(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print(flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_is_removed(tmp_path):
    """By the next one that writes into the folder, whatever it writes."""
    for name in ("a.csv", "b.json"):
        done = subprocess.run([sys.executable, "-c", KILLED, tmp_path / name], check=False)
        assert -9 == done.returncode
    assert 1 == len(list(tmp_path.iterdir()))  # the second has removed what the first left
    with replacing(tmp_path / "c.csv") as temporary:
        assert [temporary] == list(tmp_path.iterdir())
    assert ["c.csv"] == [path.name for path in tmp_path.iterdir()]


def test_what_a_living_process_needs_is_kept(tmp_path):
    """Of another process and of this one."""
    command = [sys.executable, "-c", WAITING, tmp_path / "slow.csv"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as slow,
        replacing(tmp_path / "own.csv") as own,
    ):
        slow.stdout.readline()
        for _ in range(2):
            with replacing(tmp_path / "quick.csv") as temporary:
                temporary.write_text("new")
        assert own.exists()
        slow.communicate()
    assert 0 == slow.returncode
    assert "half" == (tmp_path / "slow.csv").read_text()
    assert ["own.csv", "quick.csv", "slow.csv"] == sorted(p.name for p in tmp_path.iterdir())


def test_files_of_others_are_kept(tmp_path):
    """However like ours their names are."""
    others = {".stomp-flim-mine", ".stomp-flim-0123456789abcdef.csv.bak", ".a-0123456789abcdef.csv"}
    others.add("stomp-flim-0123456789abcdef.csv")
    for name in others:
        (tmp_path / name).touch()
    (tmp_path / ".stomp-flim-fedcba9876543210").symlink_to("elsewhere")
    with replacing(tmp_path / "a.csv"):
        pass
    found = {path.name for path in tmp_path.iterdir()}
    assert others | {"a.csv", ".stomp-flim-fedcba9876543210"} == found


def test_many_at_once_get_a_file_each(tmp_path):
    """Threads that clean up after each other take nothing away from one another."""

    def write(number):
        path = tmp_path / f"{number % 7}.txt"
        with replacing(path) as temporary, temporary.open("r+") as file:  # not made anew
            file.write(str(number % 7))
        return True

    with ThreadPoolExecutor(8) as executor:
        assert all(executor.map(write, range(200)))
    assert {f"{n}.txt": str(n) for n in range(7)} == {
        path.name: path.read_text() for path in tmp_path.iterdir()
    }


def test_a_lock_that_the_file_system_lacks_is_done_without(tmp_path, monkeypatch):
    """Nothing is locked, and then nothing is removed."""
    monkeypatch.setattr("stomp_flim.temporary.fcntl", None)
    left = tmp_path / ".stomp-flim-0123456789abcdef.csv"
    left.touch()
    with temporary_file(tmp_path, tmp_path / "a.csv") as temporary:
        assert temporary.exists()
    assert [left] == list(tmp_path.iterdir())
    monkeypatch.undo()
    with pytest.raises(KeyError), temporary_file(tmp_path, tmp_path / "a.csv"):
        raise KeyError
    assert [] == list(tmp_path.iterdir())
