"""Files that are named one by one or by patterns."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from stomp_flim.errors import InputError


def expand(patterns: Iterable[Path | str]) -> list[Path]:
    """Return the files that patterns name, for shells and studies that do not expand them.

    Parameters
    ----------
    patterns : iterable of path or str
        Names of files, or patterns with ``*``, ``?``, ``[...]`` and ``**``. A file whose name reads
        like a pattern is that file.

    Returns
    -------
    list of Path
        In the order of the patterns, those of one pattern by name; a file that is named twice
        stands where it is named first.

    Raises
    ------
    InputError
        If a pattern matches no file, or a file is not there.

    Examples
    --------
    >>> from pathlib import Path
    >>> from workloads.flim.data.reading import expand
    >>> for name in ("b.sdt", "a.sdt", "c.ptu"):
    ...     _ = Path(name).write_bytes(b"")
    >>> [str(path) for path in expand(["c.ptu", "*.sdt", "a.sdt"])]
    ['c.ptu', 'a.sdt', 'b.sdt']
    """
    found: dict[Path, Path] = {}
    for pattern in map(str, patterns):
        for path in _matching(pattern):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _matching(pattern: str) -> list[Path]:
    if "\0" in pattern:
        raise InputError(f"{pattern!r}: a name with NUL, expected that of a file")
    if glob.escape(pattern) == pattern or Path(pattern).exists():
        if not Path(pattern).exists():
            raise InputError(f"{pattern}: cannot be read: No such file or directory")
        return [Path(pattern)]
    matches = [Path(each) for each in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    files = [path for path in matches if path.is_file()]
    if not files:
        raise InputError(f"{pattern}: matches no file, expected a file or a pattern of some")
    return files
