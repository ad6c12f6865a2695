"""Counts that no memory holds are refused before any is taken."""

import resource
from pathlib import Path

import pytest

from stomp_flim import InputError, Mode, Platform, Task, TaskGraph
from stomp_flim.cli.app import app
from stomp_flim.frame import frame_bound, free_running, lock_step

HUGE = 10**12
COMMANDS = {
    "frame --steps 1 --slots 1 --mode lock-step --policy fifo --jobs 1": "--pixels",
    "frame --steps 1 --pixels 8 --policy fifo --jobs 1": "--slots",
    "frame --pixels 8 --slots 1 --policy fifo --jobs 1": "--steps",
    "frame --steps 1 --pixels 8 --slots 1 --jobs 1": "--scale",
    "compare --stage encoder --policy fifo --jobs 1": "--pixels",
    "compare --stage encoder --policy fifo --pixels 1 --jobs 1": "--steps",
    "speedup --policy fifo --jobs 1": "--pixels",
    "speedup --policy fifo --pixels 1 --jobs 1": "--steps",
    "tradeoff": "--units",
}


@pytest.fixture
def little_memory():
    """Leave less than a list of a millionth of what is asked for would take."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("little_memory")
def test_an_option_of_a_command_is_named(command, tmp_path):
    """With the number and the most that is taken."""
    arguments = [*command.split(), COMMANDS[command], str(HUGE), "--out", str(tmp_path / "out")]
    with pytest.raises(InputError, match="1,000,000,000,000, expected at most ") as caught:
        app(arguments, standalone_mode=False)
    assert str(caught.value).startswith(COMMANDS[command])
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("function", [lock_step, free_running, frame_bound])
@pytest.mark.parametrize("name", ["pixels", "slots"])
@pytest.mark.usefixtures("little_memory")
def test_a_frame_of_a_program_is_refused_too(function, name):
    """By the functions that the command calls."""
    graph = TaskGraph.from_tasks([Task("t", [Mode({"a": 1}, 1)])], [])
    numbers = {"pixels": 1, "slots": 1} | {name: HUGE}
    policy = () if function is frame_bound else ("fifo",)
    with pytest.raises(InputError, match=f"{name} is 1,000,000,000,000, expected at most"):
        function(graph, Platform({"a": 1}), *policy, **numbers)
