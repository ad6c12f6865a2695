"""Compiled functions work wherever they are compiled, and are kept where they can be."""

import errno
import signal
import warnings

import pytest
from numba.core.caching import FunctionCache

from stomp_flim.engines.compiled.compilation import compiled
from stomp_flim.machine_code import NotKeptWarning, _tell, kept


@pytest.fixture(autouse=True)
def untold():
    """Forget what was told before."""
    _tell.cache_clear()


def doubled(x):
    """Be compiled."""
    return 2 * x


@pytest.fixture
def nowhere(monkeypatch):
    """Leave no folder that can be written, also for the administrator."""
    monkeypatch.setattr(FunctionCache._impl_class, "_locator_classes", [])


@pytest.mark.usefixtures("nowhere")
def test_without_a_place_nothing_is_kept():
    """It runs all the same and says so, once."""
    with pytest.warns(NotKeptWarning, match="no folder for it can be written") as told:
        found = [decorate(doubled)(4) for decorate in (kept(), compiled)]
    assert [8, 8] == found
    assert 1 == len(told)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_place_that_fails_later_is_done_without(monkeypatch, number):
    """A disk that is full when the result is there, a folder that is read-only by then."""

    def fail(*_):
        raise OSError(number, "odd")

    for action in ("_save_overload", "_load_overload"):
        monkeypatch.setattr(FunctionCache, action, fail)
    with pytest.warns(NotKeptWarning, match="odd") as told:
        assert 8 == kept()(doubled)(4)
    assert 1 == len(told)


def test_what_is_kept_is_told_of_to_nobody(monkeypatch, tmp_path):
    """And the second function of the same code is read rather than compiled."""
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for hits in (0, 1):
            function = kept()(doubled)
            assert 8 == function(4)
            assert hits == sum(function.stats.cache_hits.values())


def test_other_errors_of_the_compiler_are_raised(monkeypatch):
    """They are no lack of a place."""

    def fail(**_):
        raise RuntimeError("odd")

    monkeypatch.setattr("numba.njit", fail)
    with pytest.raises(RuntimeError, match="odd"):
        kept()(doubled)


def test_ctrl_c_is_not_lost_in_what_llvm_calls_back(monkeypatch):
    """There an exception ends nothing; it comes once the code is loaded."""
    loaded = []

    def load(*_):
        signal.raise_signal(signal.SIGINT)
        loaded.append(True)

    monkeypatch.setattr(FunctionCache, "_load_overload", load)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        kept()(doubled)(4)
    assert [True] == loaded
    assert handler == signal.getsignal(signal.SIGINT)
