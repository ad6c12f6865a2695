"""Platforms in TOML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stomp_flim import InputError, Platform
from stomp_flim.interchange.platform_file import read_platform, write_platform

GOOD = """\
name = "my board"
clock_ns = 5.0

[servers]
DSP = 200
"Const mem" = 64

[memories]
BRAM = 1_000_000
"""
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "board.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_made_by_hand(tmp_path: Path) -> None:
    """Name, clock, servers in the order of the file, and limited memories."""
    platform = read_platform(_written(tmp_path, GOOD))
    assert ("my board", 5.0) == (platform.name, platform.clock_ns)
    assert [("DSP", 200), ("Const mem", 64)] == list(platform.servers.items())
    assert {"BRAM": 10**6} == dict(platform.memories)


def test_the_least_that_a_file_says(tmp_path: Path) -> None:
    """A clock and a server; the file names the platform, and no memory is limited."""
    platform = read_platform(_written(tmp_path, "clock_ns = 1\nservers = {DSP = 1}"))
    assert ("board", 1.0, {}) == (platform.name, platform.clock_ns, dict(platform.memories))


@settings(max_examples=100)
@given(
    st.dictionaries(NAMES, st.integers(1, 10**6), min_size=1, max_size=4),
    st.floats(1e-9, 1e9),
    NAMES.filter(bool),
    st.dictionaries(NAMES, st.integers(1, 2**53), max_size=3),
    st.none() | st.integers(1, 2**20),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    servers: dict[str, int],
    clock_ns: float,
    name: str,
    memories: dict[str, int],
    lanes: int | None,
) -> None:
    """Whatever servers and memories are called, and in their order."""
    path = tmp_path_factory.mktemp("platform") / "p.toml"
    platform = Platform(servers, clock_ns, name, memories, lanes)
    write_platform(platform, path)
    back = read_platform(path)
    assert list(servers.items()) == list(back.servers.items())
    assert list(memories.items()) == list(back.memories.items())
    assert (name, clock_ns, lanes) == (back.name, back.clock_ns, back.lanes)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("clock_ns", "clock", "unknown key 'clock'; did you mean 'clock_ns'?"),
        ("[memories]", "[memory]", "unknown key 'memory'; did you mean 'memories'?"),
        ("clock_ns = 5.0\n", "", "clock_ns: missing"),
        ("clock_ns = 5.0", "clock_ns = 0", "clock_ns is 0, expected greater than 0"),
        ("clock_ns = 5.0", "clock_ns = -1.5", "clock_ns is -1.5, expected greater than 0"),
        ("clock_ns = 5.0", "clock_ns = inf", "clock_ns is inf, expected a finite number"),
        ("clock_ns = 5.0", 'clock_ns = "5"', "clock_ns is '5', expected a valid number"),
        ("DSP = 200", "DSP = -3", "servers.DSP is -3, expected greater than or equal to 1"),
        ("DSP = 200", "DSP = 0", "servers.DSP is 0, expected greater than or equal to 1"),
        ("DSP = 200", "DSP = 2.5", "servers.DSP is 2.5, expected a valid integer"),
        ("DSP = 200", "DSP = 9_999_999", "servers.DSP is 9999999, expected less than or equal"),
        ("clock_ns = 5.0", "clock_ns = 5.0\nlanes = 0", "lanes is 0, expected greater than or eq"),
        ("BRAM = 1_000_000", "BRAM = 0", "memories.BRAM is 0, expected greater than or equal"),
        ('name = "my board"', 'name = ""', "name is '', expected"),
        ("[servers]", "[servers.more]", "servers.more is {"),
        ("[servers]", "[servers", "not TOML: "),
        ("[servers]", '[servers]\n"a\\u0000" = 1', "platform 'my board': server type 'a\\x00'"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path: Path, old: str, new: str, message: str) -> None:
    """It names the file, the key, the value and what was expected."""
    assert old in GOOD
    path = _written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=re.escape(f"{path}: {message}")):
        read_platform(path)


def test_a_platform_without_servers_is_none(tmp_path: Path) -> None:
    """An empty section says so."""
    path = _written(tmp_path, "clock_ns = 5.0\n[servers]\n")
    with pytest.raises(InputError, match=r"servers is \{\}, expected"):
        read_platform(path)
