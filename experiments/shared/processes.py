"""Local processes that share a sweep: they stop at once, and never outlive the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, wait
from contextlib import contextmanager
from queue import Empty
from typing import Any, NoReturn, TypeVar

from experiments.shared.options import require_positive

T = TypeVar("T")

_REPORT_SECONDS = 0.2


@contextmanager
def local_processes(count: int) -> Iterator[Executor]:
    """Yield a pool of processes; leaving with an exception ends them without waiting for results.

    They are started afresh (``spawn``): a fork would copy the locks of the threads that draw the
    progress bar and compute.

    Parameters
    ----------
    count : int
        Number of processes.
    """
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin)
    try:
        with _interrupts_ignored():  # what the processes inherit for their whole life
            for _ in range(count):
                pool.submit(os.getpid)
        yield pool
        pool.shutdown()
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        pool.shutdown(cancel_futures=True)
        raise


def run_reporting(
    executor: Executor, tasks: Sequence[Callable[[Callable[..., object]], T]], report: Any
) -> list[T]:
    """Run tasks in other processes, and what they report in this one.

    Parameters
    ----------
    executor : Executor
        Its processes.
    tasks : sequence of callable
        Each is called with a function to report with. They can be pickled, and are begun in order.
    report : callable
        Called here with the arguments of each report.

    Returns
    -------
    list
        What the tasks returned, in their order; the first exception of one is raised, and the
        others are interrupted when the processes end.
    """
    with multiprocessing.get_context("spawn").Manager() as manager:
        reports = manager.Queue()
        futures = [executor.submit(_report_to, reports, task) for task in tasks]
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=_REPORT_SECONDS)
            while True:
                try:
                    report(*reports.get_nowait())
                except Empty:
                    break
            for future in done:
                future.result()
    return [future.result() for future in futures]


def _report_to(reports: Any, task: Callable[[Callable[..., object]], T]) -> T:
    """Run a task; where the run ends early it is interrupted as by Ctrl-C, and can tidy up."""

    def interrupt(*_: object) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once: what tidies up is left to it
        raise KeyboardInterrupt

    def report(*values: object) -> None:
        try:
            reports.put(values)
        except (OSError, EOFError):  # nobody listens any more
            interrupt()

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        return task(report)
    finally:
        signal.signal(signal.SIGTERM, before)


def process_count(jobs: int | None) -> int:
    """Return how many processes an option ``--jobs`` means, by default one an available core.

    Raises
    ------
    InputError
        If it is below 1.
    """
    if jobs is None:
        return available_cores()
    require_positive("--jobs", jobs)
    return jobs


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; only the first has something to tidy up."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may change what a signal does
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _begin() -> None:
    """Leave standard output to the parent, whose answer goes there, and end with it.

    Without it, a process would wait for work for ever.
    """
    sys.stdout = sys.stderr
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
