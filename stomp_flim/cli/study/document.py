"""A study: what a command takes, with what it was run, and how that stands in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stomp_flim.cli.study.options import Option, checked_options
from stomp_flim.cli.study.paths import moved, onto, paths, seen_from
from stomp_flim.errors import InputError, near_names, shown
from stomp_flim.interchange.text.toml_document import read_toml

COMMAND, MADE_WITH, DIGESTS = "command", "made_with", "digests"
STUDY, SOURCES, FILES = "study", "sources", "files"


@dataclass(frozen=True)
class Study:
    """What a command takes and with what it was run; paths are from the working directory.

    Attributes
    ----------
    command : str
        Its name.
    options : dict of str to object
        Values by key, as they stand in the file.
    not_given : tuple of str
        Keys of options that have no value: the command derives it from the others.
    made_with : dict of str to str
        Versions by name.
    sources : str
        Digest of the program.
    files : dict of str to str
        Digests of the files that the options name, by path.
    path_keys : frozenset of str
        Keys of options that take paths and nothing else.
    """

    command: str
    options: Mapping[str, Any]
    not_given: tuple[str, ...] = ()
    made_with: Mapping[str, str] = field(default_factory=dict)
    sources: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    path_keys: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """SHA-256 of command and options, of files their content: the same wherever they are."""
        return hashlib.sha256(json.dumps([self.command, self.content()]).encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """Return the options, and in place of each path the name and the content of the file."""

        def name(path: str) -> str:
            return f"{Path(path).name} {self.files.get(path, '')[:12]}".rstrip()

        return {key: self._moved(key, name) for key in sorted(self.options)}

    def text(self, folder: Path) -> str:
        """Return the file that says all this, for a folder: paths in it start there."""
        import tomli_w

        change = seen_from(folder)
        lines = [_entry(COMMAND, self.command)]
        lines += [_entry(key, self._moved(key, change)) for key in self.options]
        if self.not_given:
            lines.append(f"# not given: {', '.join(self.not_given)}")
        digests: dict[str, Any] = {STUDY: self.digest, SOURCES: self.sources}
        if self.files:
            digests[FILES] = {change(path): value for path, value in self.files.items()}
        tables = tomli_w.dumps({MADE_WITH: dict(self.made_with), DIGESTS: digests})
        return "\n".join([*lines, "", tables])

    def paths(self) -> list[str]:
        """Return the paths that the options name, each once."""
        found = [
            path
            for key, value in self.options.items()
            for path in paths(value, whole=key in self.path_keys)
        ]
        return list(dict.fromkeys(found))

    def _moved(self, key: str, change: Any) -> Any:
        return moved(self.options[key], change, whole=key in self.path_keys)


def read_study(path: Path, command: str, known: Mapping[str, Option]) -> tuple[Study, str]:
    """Read a study of a command, and the digest that it had when it was written, if any.

    Parameters
    ----------
    path : Path
        The file.
    command : str
        Whose study it is to be.
    known : mapping of str to Option
        The options of the command.

    Raises
    ------
    InputError
        If it is no study of the command, a key is unknown, or a value is wrong.
    """
    document = read_toml(path)
    _check_command(path, document.pop(COMMAND, None), command)
    made_with = _texts(path, MADE_WITH, document.pop(MADE_WITH, {}))
    digests = document.pop(DIGESTS, {})
    files = digests.pop(FILES, {}) if isinstance(digests, dict) else {}
    digests = _texts(path, DIGESTS, digests)
    for key in digests.keys() - {STUDY, SOURCES}:
        near = near_names(key, (STUDY, SOURCES, FILES))
        raise InputError(f"{path}: unknown key '{DIGESTS}.{key}'; {near}")
    values = checked_options(document, known, path, (COMMAND, MADE_WITH, DIGESTS))
    change = onto(path.parent)
    path_keys = frozenset(key for key, option in known.items() if option.holds_path)
    study = Study(
        command,
        {key: moved(value, change, whole=key in path_keys) for key, value in values.items()},
        made_with=made_with,
        sources=digests.get(SOURCES, ""),
        files={
            change(name): value for name, value in _texts(path, f"{DIGESTS}.{FILES}", files).items()
        },
        path_keys=path_keys,
    )
    return study, digests.get(STUDY, "")


def _check_command(path: Path, found: Any, command: str) -> None:
    if found is None:
        raise InputError(f"{path}: no key {COMMAND!r}, expected {COMMAND} = {command!r}")
    if not isinstance(found, str):
        raise InputError(f"{path}: {COMMAND}: {shown(found)}, expected {command!r}")
    if found != command:
        raise InputError(
            f"{path}: {COMMAND}: {found!r}, expected {command!r}; a study is repeated by its own "
            f"command: stomp-flim {found} --study {path}"
        )


def _texts(path: Path, key: str, table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        raise InputError(f"{path}: {key}: {shown(table)}, expected a table [{key}]")
    for name, value in table.items():
        if not isinstance(value, str):
            raise InputError(f"{path}: {key}.{name}: {shown(value)}, expected a text")
    return table


def _entry(key: str, value: Any) -> str:
    """Return a key and its value in one line."""
    import tomli_w

    lines = [line.strip() for line in tomli_w.dumps({key: value}).splitlines()]
    if len(lines) == 1:
        return lines[0]
    return lines[0] + " ".join(lines[1:-1]).removesuffix(",") + lines[-1]
