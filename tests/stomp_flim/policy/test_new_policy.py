"""New policies: what is written works, is clean, and replaces nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stomp_flim import InputError, simulate
from stomp_flim.plugins import summary
from stomp_flim.policy.loading import parse
from stomp_flim.policy.new_policy import write_policy
from stomp_flim.testing import check_policy, reference_worlds

KINDS = ("ranker", "dispatcher", "planner")
CONFIGURATION = Path(__file__).parents[3] / "pyproject.toml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a new policy of each kind, one of the longest name."""
    folder = tmp_path_factory.mktemp("new")
    for kind in KINDS:
        write_policy(f"my-{kind}", kind, folder)
        write_policy(f"a-{'long-' * 7}one"[:40], kind, folder / kind)
    return folder


def python(*words, folder):
    """Run a module of Python in a folder and return its status and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False, cwd=folder
    )
    return done.returncode, done.stdout + done.stderr


def test_new_tests_pass(folder):
    """Before anything is changed, wherever they are run from."""
    files = [str(folder / f"test_my_{kind}.py") for kind in KINDS]
    status, printed = python(
        "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", *files, folder=folder.parent
    )
    assert 0 == status, printed
    assert "7 passed" in printed


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--config", str(CONFIGURATION)),
        ("format", "--check", "--config", str(CONFIGURATION)),
        ("check", "--isolated"),
        ("format", "--check", "--isolated"),
    ],
    ids=" ".join,
)
def test_new_files_are_clean(folder, words):
    """By the rules of this project and by those of ruff alone, whatever the name."""
    status, printed = python("ruff", *words, "--no-cache", ".", folder=folder)
    assert 0 == status, printed


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_policy_is_of_its_kind_and_has_a_summary(tmp_path, kind):
    """It is named by its file, in a folder that may be new."""
    written = write_policy("most-urgent", kind, tmp_path / "a" / "b")
    assert tmp_path / "a" / "b" / "most_urgent.py" == written.policy
    assert tmp_path / "a" / "b" / "test_most_urgent.py" == written.test
    policy = parse(written.spelling)
    assert kind == policy.kind
    of = policy.implementation if kind == "ranker" else type(policy.implementation)
    assert summary(of).endswith(".")
    assert check_policy(written.spelling).ok


def test_a_new_dispatcher_is_first_come_first_served(tmp_path):
    """As its comment says, wherever it knows which mode is fast."""
    policy = write_policy("mine", "dispatcher", tmp_path).spelling
    for world in reference_worlds():
        if world.options.get("knows") == "nothing":
            continue
        one, other = (
            simulate(world.jobs, world.platform, name, **world.options).schedule
            for name in (policy, "fifo")
        )
        assert one.task.tolist() == other.task.tolist()
        assert one.start.tolist() == other.start.tolist()


@pytest.mark.parametrize("there", ["mine.py", "test_mine.py"])
def test_nothing_is_overwritten(tmp_path, there):
    """Neither file is touched or added where one of them exists."""
    (tmp_path / there).write_text("precious")
    with pytest.raises(InputError, match=rf"{there}: exists and is not overwritten"):
        write_policy("mine", "ranker", tmp_path)
    assert ["precious"] == [path.read_text() for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    "name", ["", "My", "1st", "a b", "a--b", "-a", "a-", "../a", "a.py", "class", "ä", "a" * 41]
)
def test_a_name_must_be_that_of_a_module(tmp_path, name):
    """Or else it could not be imported."""
    with pytest.raises(InputError, match="expected small letters, digits and hyphens"):
        write_policy(name, "ranker", tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_an_unknown_kind_is_refused(tmp_path):
    """With the kinds that there are."""
    with pytest.raises(InputError, match="kind is 'rank', expected one of ranker, dispatcher, pl"):
        write_policy("mine", "rank", tmp_path)
