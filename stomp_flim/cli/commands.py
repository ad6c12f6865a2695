"""What all commands have in common: how they are asked for help, and how they refuse."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from stomp_flim import plugins
from stomp_flim.errors import (
    DeadlockError,
    InputError,
    PolicyError,
    ReplayError,
    ScheduleError,
    near_names,
    system_reason,
)
from stomp_flim.foreign_output import answering

F = TypeVar("F", bound=Callable[..., Any])

DIFFERS = 1
"""Exit status of a command that has done its work, but whose answer is no."""

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended, by convention 128 + SIGINT."""

_UNWRAPPED = 10_000
"""Columns of a help page that no terminal shows: whoever reads it line by line gets whole lines."""


@contextmanager
def _telling_of_interrupts() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


class _Manners:
    """Refuses what the parser would let pass, or refuse without a hint."""

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """Wrap the help page for a terminal alone."""
        if not sys.stdout.isatty():
            extra.setdefault("terminal_width", _UNWRAPPED)
        with _telling_of_interrupts():
            return super().make_context(info_name, args, parent, **extra)  # type: ignore[misc]

    def invoke(self, ctx: Any) -> Any:
        """Run it; what the parser would end without a word is told of here."""
        with _telling_of_interrupts():
            return super().invoke(ctx)  # type: ignore[misc]

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Check what is given before it is converted."""
        if not ctx.resilient_parsing:  # as completion is
            parser = self.make_parser(ctx)  # type: ignore[attr-defined]
            given, _, order = parser.parse_args(args=list(args))
            if not any(parameter.is_eager for parameter in order):
                self.check(ctx, given, order)  # help and version are answered whatever is given
        return super().parse_args(ctx, args)  # type: ignore[misc]

    def check(self: Any, ctx: Any, given: dict[str, Any], order: list[Any]) -> None:
        """Refuse an option that is given too often, or with what is none of its choices.

        Parameters
        ----------
        ctx : Context
            Of the command.
        given : dict
            What is given on the command line, by parameter.
        order : list of parameters
            In the order in which they are given.
        """
        for parameter, times in Counter(order).items():
            option = max(parameter.opts, key=len)
            single = parameter.param_type_name == "option" and not parameter.multiple
            if single and times > 1:
                raise InputError(f"{option}: given {times} times, expected once")
            choices = _choices(self.callback).get(parameter.name)
            values = given[parameter.name]
            for value in values if isinstance(values, list | tuple) else [values]:
                if choices and value not in choices:
                    raise InputError(f"{option}: {value!r}; {near_names(str(value), choices)}")


class Command(_Manners, TyperCommand):
    """A command with the manners of all."""


class Group(_Manners, TyperGroup):
    """Commands of which ``--help`` lists the whole first sentence, wrapped rather than cut."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, or say which ones have names like it."""
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            names = self.list_commands(ctx)
            raise InputError(f"unknown command {args[0]!r}; {near_names(args[0], names)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [(name, (of.help or "").partition("\n")[0]) for name, of in commands.items() if of]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class CommandLine(typer.Typer):
    """A typer application whose commands have the manners of all."""

    def __init__(self, **settings: Any) -> None:
        common: dict[str, Any] = {
            "cls": Group,
            "add_completion": False,
            "context_settings": {"help_option_names": ["-h", "--help"]},
            "pretty_exceptions_enable": False,
            "rich_markup_mode": None,
        }
        super().__init__(**{**common, **settings})

    def command(self, name: str | None = None, **settings: Any) -> Callable[[F], F]:
        """Add a function as a command, as typer does."""
        settings.setdefault("cls", Command)
        settings.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        return super().command(name, **settings)


_LONGEST = 1000
_FAULT = """\
This is a fault of the program, or of an extension named above, and not of what it was given. Please
report it with the command and all lines above."""


def run(app: typer.Typer) -> None:
    """Run a command line; an error is one line and the exit status 2, Ctrl-C one and 130.

    What the system throws (a full disk, too little memory, a number that is too large) is such an
    error too. A fault of the program is a traceback and the exit status 1.
    """
    if isinstance(sys.stdout, TextIOWrapper):  # what a terminal cannot show is shown as its code
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with answering():
            _run(app)
    except KeyboardInterrupt:  # before or after a command
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except (DeadlockError, InputError, PolicyError, ReplayError, ScheduleError) as error:
        text = str(error)  # some quote what they have found, which may be a file of one line
        cut = f"{text[:_LONGEST]} ... {text[-_LONGEST:]}"
        print(f"error: {cut if len(text) > 2 * _LONGEST else text}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:  # the last door: readers know their file, this one does not
        reason = system_reason(error)
        hidden = plugins.hidden_package(error) if isinstance(error, ImportError) else ""
        if hidden:
            print(f"error: {error}{hidden}", file=sys.stderr)
            sys.exit(2)
        if reason is None:
            traceback.print_exc()
            print(_FAULT, file=sys.stderr)
            sys.exit(1)
        subject = getattr(error, "filename", None) or Path(sys.argv[0]).name
        print(f"error: {subject}: {reason}", file=sys.stderr)
        sys.exit(2)


def _run(app: typer.Typer) -> None:
    """Run a command line until all that it says is written; later, nobody could tell of it."""
    try:
        app()
    finally:
        try:
            sys.stdout.flush()
        except OSError as error:
            with Path(os.devnull).open("wb") as nowhere:  # for what cannot be flushed at the end
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
            if isinstance(error, BrokenPipeError):  # the reader has enough, as `head` may
                sys.exit(1)
            reason = system_reason(error)
            raise InputError(f"standard output: cannot be written: {reason}") from error


def plugin_command(kind: str, name: str, cls: type[Command] = Command) -> Any:
    """Return a registered function as a command; one that is broken says so when it is called."""
    application = CommandLine()
    try:
        application.command(name, cls=cls)(plugins.load(kind, name))
        return _made(application, name)
    except Exception as error:  # whatever typer says of a function that it cannot make a command of
        refusal = error if isinstance(error, InputError) else InputError(f"{name}: {error}")
        return _broken(name, refusal)


def _broken(name: str, error: InputError) -> Any:
    application = CommandLine()
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}

    @application.command(name, help=str(error), context_settings=anything)
    def broken() -> None:
        raise error

    return _made(application, name)


def _made(application: typer.Typer, name: str) -> Any:
    command = typer.main.get_command(application)
    command.name = name
    return command


def names_of(kind: str) -> Callable[[str], list[str]]:
    """Return what completes the name of an extension in a shell."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in plugins.registered(kind) if name.startswith(incomplete)]

    return complete


def _choices(callback: Callable[..., Any] | None) -> dict[str, tuple[Any, ...]]:
    """Return by parameter the values of those that are declared as ``Literal`` or ``Enum``."""
    hints = get_type_hints(inspect.unwrap(callback)) if callback else {}
    return {name: tuple(_values(hint)) for name, hint in hints.items()}


def _values(hint: Any) -> Iterator[Any]:
    """Yield the values that a type lists, also in a list or an option that may be missing."""
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        yield from (member.value for member in hint)
    else:
        for part in get_args(hint):
            yield from _values(part)
