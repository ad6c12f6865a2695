"""Tests of the local processes of a sweep."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from experiments.shared.processes import local_processes, run_reporting
from stomp_flim.errors import InputError

REPOSITORY = Path(__file__).parents[3]


def test_an_exception_ends_the_processes_at_once() -> None:
    """Nobody waits for results that nobody will take."""
    begin, others = time.monotonic(), set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        _interrupt()
    assert time.monotonic() - begin < 30
    assert others == set(multiprocessing.active_children())


def test_the_handler_of_ctrl_c_is_as_before() -> None:
    """Only the new processes ignore it."""
    before = signal.getsignal(signal.SIGINT)
    with local_processes(1) as executor:
        assert signal.SIG_IGN == executor.submit(signal.getsignal, signal.SIGINT).result()
        assert before == signal.getsignal(signal.SIGINT)


def test_processes_end_when_their_parent_is_killed() -> None:
    """A kill that nothing can catch leaves no process behind."""
    script = (
        "import os, time\n"
        "from experiments.shared.processes import local_processes\n"
        "if __name__ == '__main__':\n"
        "    with local_processes(1) as executor:\n"
        "        print(executor.submit(os.getpid).result(), flush=True)\n"
        "        time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _runs(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child)


def _interrupt() -> None:
    """Be interrupted in the middle of a long task."""
    with local_processes(2) as executor:
        executor.submit(time.sleep, 60)
        raise KeyboardInterrupt


def _runs(process: int) -> bool:
    """Whether a process exists and is more than an entry that nobody has collected."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def doubled(number: int, report: Callable[..., object]) -> int:
    """Report a number and return its double; refuse 13."""
    report("seen", number)
    if number == 13:
        raise InputError("13 is refused")
    return 2 * number


def test_reports_of_processes_arrive_here() -> None:
    """Every report is made in this process, results keep the order, and errors come through."""
    seen: list[tuple[str, int]] = []

    def report(what: str, number: int) -> None:
        seen.append((what, number))

    with local_processes(2) as executor:
        tasks = [partial(doubled, number) for number in range(6)]
        assert [0, 2, 4, 6, 8, 10] == run_reporting(executor, tasks, report)
        assert sorted(seen) == [("seen", number) for number in range(6)]

        with pytest.raises(InputError, match="13 is refused"):
            run_reporting(executor, [partial(doubled, 13)], report)


def interrupted(path: Path, report: Callable[..., object]) -> None:
    """Report without end, and leave a file when interrupted."""
    try:
        while True:
            report("step")
            time.sleep(0.01)
    except KeyboardInterrupt:
        path.write_text("kept")
        raise


def test_tasks_can_tidy_up_when_the_run_ends(tmp_path: Path) -> None:
    """Ctrl-C here interrupts the tasks there before their processes end."""
    seen: list[str] = []

    def report(what: str) -> None:
        seen.append(what)
        if len(seen) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), local_processes(1) as executor:
        run_reporting(executor, [partial(interrupted, tmp_path / "file")], report)
    assert (tmp_path / "file").read_text() == "kept"
