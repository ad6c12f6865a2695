"""Files named one by one or by patterns."""

from pathlib import Path

import pytest

from stomp_flim.errors import InputError
from workloads.flim.data.reading import expand


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write files in two folders."""
    (tmp_path / "deep").mkdir()
    for name in ("b.sdt", "a.sdt", "c.ptu", "deep/d.sdt", "cell[1].sdt"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["?.sdt"], ["a.sdt", "b.sdt"]),
        (["c.ptu", "?.sdt"], ["c.ptu", "a.sdt", "b.sdt"]),
        (["b.sdt", "[ab].sdt", "b.sdt"], ["b.sdt", "a.sdt"]),  # once, where it is named first
        (["deep/../a.sdt", "a.sdt"], ["deep/../a.sdt"]),
        (["**/d.sdt"], ["deep/d.sdt"]),
        (["cell[1].sdt"], ["cell[1].sdt"]),  # the file of this name
        (["*e*"], ["cell[1].sdt"]),  # a folder is no file
        (["deep"], ["deep"]),  # named, it is for readers to refuse
        ([], []),
    ],
)
def test_patterns_name_files(folder: Path, patterns: list[str], expected: list[str]) -> None:
    """In the order of the patterns, and by name within each."""
    found = expand(folder / pattern for pattern in patterns)
    assert [folder / name for name in expected] == found


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("*.tif", "matches no file, expected a file or a pattern"),
        ("[", "matches no file"),
        ("none.sdt", "cannot be read: No such file or directory"),
        ("none/*.sdt", "matches no file"),
        ("a\0.sdt", "a name with NUL"),
    ],
)
def test_nothing_is_an_error(folder: Path, pattern: str, message: str) -> None:
    """A pattern that matches nothing is a mistake, not an empty run."""
    with pytest.raises(InputError, match=message):
        expand([folder / "a.sdt", f"{folder}/{pattern}"])
