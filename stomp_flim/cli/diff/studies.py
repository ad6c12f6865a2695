"""Two studies against each other: options, versions, sources, and files by their content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stomp_flim.cli.diff.tables import Pair
from stomp_flim.cli.study.document import DIGESTS, FILES, SOURCES, STUDY
from stomp_flim.cli.study.paths import moved, onto
from stomp_flim.interchange.text.toml_document import read_toml


def read_items(path: Path) -> dict[str, Any]:
    """Return what a study says by key, ``made_with.numpy`` for what stands in a table.

    Where a path leads to a file whose digest is known, its name and digest stand for it, which do
    not depend on where the study is.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML.
    """
    document = read_toml(path)
    digests = document.get(DIGESTS)
    digests = digests if isinstance(digests, dict) else {}
    files = digests.pop(FILES, {})
    files = files if isinstance(files, dict) else {}
    digests.pop(STUDY, None)
    if SOURCES in digests:
        digests[SOURCES] = str(digests[SOURCES])[:12]
    elsewhere = onto(path.parent)

    def named(found: str) -> str:
        known = str(files.get(found, ""))[:12]
        return f"{Path(found).name} ({known})" if known else elsewhere(found)

    return {key: _named(value, named, files) for key, value in _flat(document).items()}


def compare_studies(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Pair]:
    """Return what differs, by key; what one of them does not say is None there."""
    keys = dict.fromkeys([*a, *b])
    return {key: Pair(a.get(key), b.get(key)) for key in keys if a.get(key) != b.get(key)}


def _named(value: Any, change: Any, files: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_named(item, change, files) for item in value]
    return moved(value, change, whole=isinstance(value, str) and value in files)


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            found |= {f"{key}.{name}": each for name, each in _flat(value).items()}
        else:
            found[key] = value
    return found
