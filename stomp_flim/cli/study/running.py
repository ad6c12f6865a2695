"""The study of the command that is running, which it completes and which stands by its results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

from stomp_flim.cli.study.document import Study
from stomp_flim.cli.study.options import Option
from stomp_flim.cli.study.origin import made_with, sources_digest
from stomp_flim.cli.study.paths import digest
from stomp_flim.files import replacing

NAME = "study.toml"
"""In a folder of results."""


class Running:
    """A command on its way from options to results.

    Parameters
    ----------
    command : str
        Its name.
    known : mapping of str to Option
        Its options by key.
    parameters : mapping
        Their values, by the parameters of the function that is the command.
    out : str
        The parameter that says where results go: a folder, or a file.
    """

    def __init__(
        self,
        command: str,
        known: Mapping[str, Option],
        parameters: Mapping[str, Any],
        out: str,
    ) -> None:
        self._known, self._parameters, self._out_name = known, dict(parameters), out
        self._written = False
        self.study = self._made(command, {})

    def resolve(self, values: Mapping[str, Any]) -> None:
        """Say what options are that were not given."""
        self._parameters.update(values)
        self.study = self._made(self.study.command, self.study.files)

    @property
    def _out(self) -> Path | None:
        out = self._parameters.get(self._out_name)
        return None if out is None else Path(out)

    def file(self, folder: Path) -> dict[str, bytes]:
        """Return the study by its name in a folder, or nothing if results go elsewhere."""
        if folder != self._out:
            return {}
        self._written = True
        return {NAME: self._content(folder)}

    def write(self) -> None:
        """Write the study into the folder or beside the file, where the command has not."""
        out = self._out
        if self._written or out is None or not (out.is_dir() or out.is_file()):
            return
        path = out / NAME if out.is_dir() else out.with_suffix(f".{NAME}")
        with replacing(path) as temporary:
            temporary.write_bytes(self._content(path.parent))

    def _content(self, folder: Path) -> bytes:
        # a name of a file that is no text must not cost the results
        return self.study.text(folder).encode(errors="replace")

    def _made(self, command: str, files: Mapping[str, str]) -> Study:
        """Return the study as it is known, with files as they are, or were when it began."""
        values = {
            key: option.told(self._parameters.get(option.parameter))
            for key, option in self._known.items()
        }
        given = {key: value for key, value in values.items() if value not in (None, [])}
        study = Study(
            command,
            given,
            tuple(key for key in values if key not in given),
            dict(made_with()),
            sources_digest(),
            path_keys=frozenset(key for key, option in self._known.items() if option.holds_path),
        )
        found = {path: files.get(path) or digest(path) for path in study.paths()}
        return replace(study, files={path: value for path, value in found.items() if value})


_RUNNING: ContextVar[Running | None] = ContextVar("running", default=None)


@contextmanager
def running(now: Running) -> Iterator[Running]:
    """Let `resolved`, `current_study` and `study_file` be about a command, while it runs."""
    token = _RUNNING.set(now)
    try:
        yield now
    finally:
        _RUNNING.reset(token)


def resolved(**values: Any) -> None:
    """Say for the study what options are whose default is not that of the parameter.

    A command whose option is None where it is not given calls this with what it takes then.

    Parameters
    ----------
    **values
        By parameter of the function that is the command.
    """
    if (now := _RUNNING.get()) is not None:
        now.resolve(values)


def current_study() -> Study | None:
    """Return the study of the command that is running, if one is."""
    now = _RUNNING.get()
    return None if now is None else now.study


def study_file(folder: Path) -> dict[str, bytes]:
    """Return the study of the running command as a file for its folder of results.

    A command that says which files it has written adds this to them; for others the study is
    written when they are done. It is empty where no command is running, or its results go
    elsewhere.
    """
    now = _RUNNING.get()
    return {} if now is None else now.file(folder)
