"""What no reader or writer has caught."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from stomp_flim.cli.app import app
from stomp_flim.cli.commands import run


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "x: No space left on device"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a.json"), "a.json: No such file"),
        (MemoryError("7 TiB"), "x: more memory is needed than there is: 7 TiB"),
        (OverflowError("int too big"), "x: a number that is too large: int too big"),
        (RecursionError(), "x: nested too deeply"),
    ],
)
def test_what_the_system_throws_is_one_line(monkeypatch, capsys, error, message):
    """And the exit status 2."""
    application = typer.Typer(pretty_exceptions_enable=False)

    @application.command()
    def command() -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["x"])
    with pytest.raises(SystemExit) as caught:
        run(application)
    assert 2 == caught.value.code
    assert f"error: {message}\n" == capsys.readouterr().err


def test_a_fault_of_the_program_is_a_traceback(monkeypatch, capsys):
    """With a hint that it is none of the input, and the exit status 1."""
    application = typer.Typer(pretty_exceptions_enable=False)

    @application.command()
    def command() -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(sys, "argv", ["x"])
    with pytest.raises(SystemExit) as caught:
        run(application)
    text = capsys.readouterr().err
    assert 1 == caught.value.code
    assert "KeyError: 'surprise'" in text
    assert "fault of the program" in text.splitlines()[-2]


def test_a_full_disk_behind_standard_output_is_named():
    """Where an answer is redirected to a file, it is that file."""
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "stomp_flim", "--version"],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=buffered,
        )
    assert 2 == done.returncode
    assert "error: standard output: cannot be written: No space left on device\n" == done.stderr


def interrupt(*_, **__):
    """Be interrupted."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "place",
    [
        "stomp_flim.plugins.registered",
        "stomp_flim.cli.commands._choices",
        "stomp_flim.cli.bench.measure",
        "typer.main.get_command",
        "typer.core.TyperGroup.make_context",
    ],
)
def test_ctrl_c_is_one_line(monkeypatch, capsys, place):
    """Wherever it comes: when commands are made, looked up, parsed or run."""
    monkeypatch.setattr(place, interrupt)
    monkeypatch.setattr("stomp_flim.cli.bench.measure", interrupt)
    monkeypatch.setattr(sys, "argv", ["x", "bench"])
    with pytest.raises(SystemExit) as caught:
        run(app)
    assert 130 == caught.value.code
    assert "interrupted\n" == capsys.readouterr().err
