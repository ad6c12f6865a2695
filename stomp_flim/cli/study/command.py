"""Commands that take a study, and leave one beside their results."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main

from stomp_flim.cli.commands import DIFFERS, Command, CommandLine
from stomp_flim.cli.study.document import Study, read_study
from stomp_flim.cli.study.options import options
from stomp_flim.cli.study.running import Running, running
from stomp_flim.errors import InputError


@dataclass(frozen=True)
class _Read:
    """A study that was read, the digest that it had, and what the command line says beside it."""

    path: Path
    study: Study
    digest: str
    beside: tuple[tuple[str, str], ...]

    def blames(self, message: str) -> bool:
        """Return whether an error is about the study: it names nothing of the command line."""
        return not any(
            f"--{key}" in message or repr(text) in message or message.startswith(f"{text}:")
            for key, text in self.beside
        )


class StudiedCommand(Command):
    """A command with ``--study``, if it has ``--out``."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._out = next((each for each in self.params if "--out" in each.opts), None)
        if self._out is not None:
            self.params.insert(self.params.index(self._out) + 1, _study_option())

    def check(self, ctx: Any, given: dict[str, Any], order: list[Any]) -> None:
        """Let a study say what the command line does not."""
        super().check(ctx, given, order)
        if self._out is None or given.get("study") is None:
            return
        path, known = Path(given["study"]), options(self)
        study, digest = read_study(path, str(self.name), known)
        beside = tuple(
            (max(parameter.opts, key=len).lstrip("-"), str(text))
            for parameter in order
            for text in _values(given[parameter.name])
        )
        ctx.meta[__name__] = _Read(path, study, digest, beside)
        ctx.default_map = {
            known[key].parameter: known[key].taken(value) for key, value in study.options.items()
        }
        if self._out.required:
            ctx.default_map[self._out.name] = f"results/{self.name}"

    def invoke(self, ctx: Any) -> Any:
        """Run the command and write its study."""
        if self._out is None:
            return super().invoke(ctx)
        now = Running(str(self.name), options(self), ctx.params, self._out.name)
        read: _Read | None = ctx.meta.get(__name__)
        if read is not None:
            for warning in _differences(read.study, read.digest, now.study):
                print(f"warning: {read.path}: {warning}", file=sys.stderr)
        try:
            with running(now):
                result = super().invoke(ctx)
        except InputError as error:
            if read is not None and read.blames(str(error)):
                raise InputError(f"{read.path}: {error}") from error
            raise
        except typer.Exit as status:
            if status.exit_code in (0, DIFFERS):  # results are there, and say what they are not
                now.write()
            raise
        now.write()
        return result


def _study_option() -> Any:
    application = CommandLine()

    @application.command()
    def of_study(
        study: Annotated[
            Path | None,
            typer.Option(
                "--study",
                expose_value=False,
                help="TOML file of options, as every folder of results holds one; what is given "
                "here too goes first.",
            ),
        ] = None,
    ) -> None:
        pass

    return typer.main.get_command(application).params[0]


def _values(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _differences(then: Study, digest: str, now: Study) -> Iterator[str]:
    """Yield what is not as it was when a study was written."""
    if digest and digest != then.digest:
        yield f"changed since it was written: its digest was {digest[:12]}, is {then.digest[:12]}"
    for name, version in then.made_with.items():
        if version != now.made_with.get(name):
            yield f"made with {name} {version}, here is {now.made_with.get(name, 'none')}"
    if then.sources and then.sources != now.sources:
        yield f"made by sources of digest {then.sources[:12]}, here is {now.sources[:12]}"
    for path, value in then.files.items():
        if path in now.files and value != now.files[path]:
            yield f"{path} had digest {value[:12]}, has {now.files[path][:12]}"
