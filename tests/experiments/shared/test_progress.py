"""Progress: bars on a terminal, lines in a log."""

from __future__ import annotations

import io
import threading

import pytest

from experiments.shared.progress import Lines, progress


class Log(io.StringIO):
    """No terminal; says when it has been written to."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = threading.Semaphore(0)

    def write(self, text: str) -> int:
        """Keep text."""
        count = super().write(text)
        if "\n" in text:
            self.lines.release()
        return count


class Terminal(io.StringIO):
    """Takes control codes."""

    def isatty(self) -> bool:
        """Return that it does."""
        return True


def test_a_log_gets_lines_also_while_nothing_is_reported() -> None:
    """Or else a long point would look hung."""
    log = Log()
    with progress(log, seconds=0.001) as report:
        report("Simulating", 3000, 12000)
        while "Simulating: 3,000 of 12,000 (25%)" not in log.getvalue():
            assert log.lines.acquire(timeout=60)
        assert log.lines.acquire(timeout=60)
    assert "\x1b" not in log.getvalue()


def test_a_log_is_not_flooded() -> None:
    """However often progress is reported, only time makes a line."""
    log = Log()
    with progress(log, seconds=3600) as report:
        for done in range(10_000):
            report("pixels", done, 10_000)
    assert "" == log.getvalue()


def test_a_line_tells_of_all_works_and_once_of_complete_ones() -> None:
    """With their notes; before anything is reported it says that something is done."""
    lines = Lines()
    assert lines.next().endswith("at work")
    lines.report("teacher", 2, 2)
    lines.report("student", 1, 4, "loss 0.5")
    assert lines.next().endswith("teacher: 2 of 2 (100%); student: 1 of 4 (25%), loss 0.5")
    assert lines.next().endswith("  student: 1 of 4 (25%), loss 0.5")


def test_the_lines_end_with_the_block() -> None:
    """Also where it ends in an error."""
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), progress(Log(), seconds=0.001):
        raise KeyboardInterrupt
    assert before == threading.active_count()


def test_a_terminal_gets_bars() -> None:
    """With name and note as they are, though they look like markup."""
    terminal = Terminal()
    with progress(terminal) as report:
        report("[red]works", 1, 2, "loss [b]")
    assert "[red]works" in terminal.getvalue()
    assert "loss [b]" in terminal.getvalue()
