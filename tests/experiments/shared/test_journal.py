"""Tests of the journal of results."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.shared.journal import Journal
from stomp_flim import InputError

entries = st.dictionaries(st.text(max_size=5), st.dictionaries(st.just("makespan"), st.integers()))


@given(entries, st.data())
def test_a_journal_cut_anywhere_keeps_its_whole_lines(
    tmp_path_factory: pytest.TempPathFactory,
    written: dict[str, dict[str, int]],
    data: st.DataObject,
) -> None:
    """What a killed run leaves is read up to its last whole line, and can be continued."""
    path = tmp_path_factory.mktemp("journal") / "journal"
    with Journal(path) as journal:
        for key, entry in written.items():
            journal.append(key, entry)
    content = path.read_bytes()
    end = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:end])
    whole = content[:end].count(b"\n") + (end < len(content) and content[end : end + 1] == b"\n")
    with Journal(path) as journal:
        assert dict(list(written.items())[:whole]) == dict(journal.entries)
        journal.append("more", {"makespan": 7})
    with Journal(path) as journal:
        assert {"makespan": 7} == journal.entries["more"]
        assert whole + ("more" not in list(written)[:whole]) == len(journal.entries)


def test_a_journal_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    """The path and what is wrong are named."""
    with pytest.raises(InputError, match=f"{tmp_path}: cannot be used as journal: Is a directory"):
        Journal(tmp_path)


@pytest.mark.parametrize("line", ["[" * 10**5, '{"key": ' + "9" * 5000 + "}", '{"key": "b"', "3"])
def test_a_line_that_no_journal_wrote_is_no_entry(tmp_path: Path, line: str) -> None:
    """The others are read, and the journal goes on."""
    path = tmp_path / "journal"
    with Journal(path) as journal:
        journal.append("a", {"makespan": 1})
    with path.open("a") as file:
        file.write(line + "\n")
    with Journal(path) as journal:
        assert {"a": {"makespan": 1}} == dict(journal.entries)


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    """As a folder is."""
    with pytest.raises(InputError, match="cannot be used as journal"):
        Journal(tmp_path / "a\0b")


@pytest.mark.parametrize("room", [0, 1, 10, 26])
def test_a_journal_without_room_is_named(tmp_path: Path, room: int) -> None:
    """What was kept before stays, leaving it is no second error, and it goes on where room is."""
    path, limits = tmp_path / "journal", resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path) as journal:
        journal.append("a", {"makespan": 1})
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, limits[1]))
            with pytest.raises(InputError) as caught:
                journal.append("b", {"makespan": 2})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert f"{path}: cannot be written: File too large" == str(caught.value)
        assert ["a"] == list(journal.entries)
    with Journal(path) as journal:
        assert {"a": {"makespan": 1}} == dict(journal.entries)
        journal.append("c", {"makespan": 3})
    with Journal(path) as journal:
        assert {"a": {"makespan": 1}, "c": {"makespan": 3}} == dict(journal.entries)
