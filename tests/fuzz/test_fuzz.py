"""Every reader meets changed files: it reads them, or refuses them with an `InputError`.

This is the short form, in this process and with fixed seeds; ``make fuzz`` is the long one.
"""

import warnings
from pathlib import Path

import pytest

from stomp_flim import InputError
from tests.fuzz.mutators import MUTATORS, mutant
from tests.fuzz.readers import Reader, readers
from tests.fuzz.worker import outcome

READERS = readers()
KEPT = sorted(path for path in (Path(__file__).parent / "kept").iterdir() if path.suffix != ".md")


def kind(reader, content, folder):
    """Return what a reader makes of a file, with all that is known where this is a finding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = outcome(reader, content, folder)
    return found["kind"] if found["kind"] in ("read", "refused") else found


@pytest.mark.parametrize("name", READERS)
def test_a_whole_file_is_read(tmp_path, name):
    """Or mutants of it would say nothing."""
    reader = READERS[name]
    if name != "card":  # which is read with its weights beside it
        for content in reader.files:
            assert "read" == kind(reader, content, tmp_path)


@pytest.mark.parametrize("name", READERS)
def test_a_changed_file_is_read_or_refused(tmp_path, name):
    """Whatever was changed."""
    reader = READERS[name]
    for index in range(60):
        found = kind(reader, mutant(name, 0, index, reader.files), tmp_path)
        assert found in ("read", "refused"), (index, found)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_what_was_found_once_is_mended(tmp_path, path):
    """Files that ended in a traceback, took minutes or gigabytes, before they were mended."""
    name = next(name for name in READERS if path.name.startswith(f"{name}-"))
    expected = "read" if name == "journal" else "refused"  # which passes over what is no entry
    assert expected == kind(READERS[name], path.read_bytes(), tmp_path)


def test_a_mutant_is_the_same_for_the_same_seed():
    """So that a finding comes again."""
    files = [b"1 2 3\n4 5 6\n", b"{}"]
    first = [mutant("x", 3, index, files) for index in range(200)]
    assert first == [mutant("x", 3, index, files) for index in range(200)]
    assert len(set(first)) > 100
    assert len(MUTATORS) > len(set(MUTATORS)) >= 9


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InputError("one line"), "refused"),
        (InputError("two\nlines"), "message"),
        (KeyError("x"), "traceback"),
        (MemoryError(), "memory"),
    ],
)
def test_a_finding_is_found(tmp_path, error, expected):
    """What is no `InputError` of one line."""

    def read(_):
        raise error

    assert expected == outcome(Reader(".txt", read, ()), b"", tmp_path)["kind"]
