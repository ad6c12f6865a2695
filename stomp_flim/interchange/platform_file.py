"""Platforms in TOML: a name, a clock, numbers of servers, and capacities of memories.

::

    name = "my board"
    clock_ns = 5.0

    [servers]
    DSP = 200
    "Const mem" = 64

    [memories]
    BRAM = 1_000_000

The name is by default that of the file, and memories are unlimited where none are given. A key
``lanes`` says how wide vector units are; graphs with rows of another width are refused then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from stomp_flim.errors import InputError
from stomp_flim.files import replacing
from stomp_flim.interchange.text.toml_document import quoted, read_toml
from stomp_flim.interchange.text.toml_section import Section, checked_section
from stomp_flim.model.platform import MOST_BITS, MOST_SERVERS, Platform


class _Platform(Section):
    name: Annotated[str, Field(min_length=1)] | None = None
    clock_ns: Annotated[float, Field(gt=0)]
    lanes: Annotated[int, Field(ge=1)] | None = None
    servers: Annotated[dict[str, Annotated[int, Field(ge=1, le=MOST_SERVERS)]], Field(min_length=1)]
    memories: dict[str, Annotated[int, Field(ge=1, le=MOST_BITS)]] = Field(default_factory=dict)


def read_platform(path: Path | str) -> Platform:
    """Read a platform.

    Parameters
    ----------
    path : path
        The ``.toml`` file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML, a key is missing or unknown, a count or a
        capacity is no positive integer in its range, or the clock period is not above 0.

    Examples
    --------
    >>> from pathlib import Path
    >>> from stomp_flim.interchange.platform_file import read_platform
    >>> lines = ["clock_ns = 5.0", "[servers]", "DSP = 200", '"Const mem" = 64']
    >>> _ = Path("board.toml").write_text(chr(10).join(lines))
    >>> dict(read_platform("board.toml").servers)
    {'DSP': 200, 'Const mem': 64}
    """
    path = Path(path)
    return platform_of(read_toml(path), path)


def platform_of(document: dict[str, Any], path: Path) -> Platform:
    """Return the platform that a TOML document describes.

    Parameters
    ----------
    document : dict
        As `stomp_flim.interchange.text.toml_document.read_toml` returns it.
    path : Path
        Where it was read.

    Raises
    ------
    InputError
        As `read_platform` does.
    """
    said = checked_section(document, _Platform, str(path))
    try:
        name = said.name or path.stem
        return Platform(said.servers, said.clock_ns, name, said.memories, said.lanes)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_platform(platform: Platform, path: Path | str) -> None:
    """Write a platform.

    Raises
    ------
    InputError
        If the file cannot be written.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.interchange.platform_file import read_platform, write_platform
    >>> write_platform(sf.Platform({"DSP": 200}, 5.0, "mine", {"BRAM": 10**6}), "mine.toml")
    >>> read_platform("mine.toml")
    <Platform mine: servers 200 DSP; memories 1,000,000 bits of BRAM; clock 5 ns>
    """
    lines = [f"name = {quoted(platform.name)}", f"clock_ns = {float(platform.clock_ns)!r}"]
    if platform.lanes is not None:
        lines.append(f"lanes = {platform.lanes}")
    for title, counts in (("servers", platform.servers), ("memories", platform.memories)):
        if counts:
            lines += ["", f"[{title}]"]
            lines += [f"{quoted(name)} = {count}" for name, count in counts.items()]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
