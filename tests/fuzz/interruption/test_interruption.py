"""Interrupted commands lose nothing and leave nothing; ``make fuzz-kills`` is the long form."""

import subprocess
import sys
from pathlib import Path

from tests.fuzz.interruption.commands import COMMANDS

ROOT = Path(__file__).parents[3]


def test_interrupted_commands_go_on():
    """Killed, ended, interrupted by Ctrl-C or out of room at moments of all that they do."""
    command = [sys.executable, "-m", "tests.fuzz.interruption"]
    command += ["--kills", "2", "--by-time", "0", "--full", "1", "--seed", "0"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert 0 == done.returncode, done.stdout + done.stderr
    for name in COMMANDS:
        assert f"{name}: 3 interruptions, 0 findings" in done.stdout


def test_a_half_written_file_is_found():
    """Where files are written under their final names, and a full disk is a traceback."""
    done = subprocess.run(
        [sys.executable, "-c", CARELESS], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert 0 == done.returncode, done.stderr
    found = done.stdout.splitlines()
    assert "s.csv is neither the old file nor the new one" in found[0]
    assert "a traceback" in found[1]


CARELESS = """
from contextlib import contextmanager
import signal, sys
import stomp_flim.interchange.stomp.schedule_csv as module
from tests.fuzz.interruption.cases import Case
from tests.fuzz.interruption.checks import Subject
from tests.fuzz.interruption.commands import COMMANDS
from tests.fuzz.interruption.process import Interruption

@contextmanager
def careless(path):
    try:
        yield path
    except OSError as error:
        raise KeyError from error

module.replacing = careless
subject = Subject(COMMANDS["run"])
at = [kind for kind, _ in subject.runs["new"].events].index("write") + 1
for what in Interruption(signal.SIGKILL, event=at), Interruption(event=at):
    print(*(each.replace(chr(10), " ") for each in subject.findings(Case("new", what))[1]))
"""
