"""Commands in the environments that users have: terminals, paths, pipes and policies that print."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import stomp_flim
from stomp_flim.cli.commands import CommandLine, run
from stomp_flim.simulation import simulate

REPOSITORY = Path(stomp_flim.__file__).parents[1]

CONFIG = {
    "simulation": {
        "servers": {"a": {"count": 2}},
        "max_tasks_simulated": 5,
        "mean_arrival_time": 5,
        "tasks": {"t": {"mean_service_time": {"a": 2}}},
    }
}

MAIN = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "Editable" not in getattr(f, "__name__", "")]
from stomp_flim.cli.app import main
main()
"""
"""As installed: an editable installation finds parts of our packages also where they are hidden."""

PRINTING = """
import sys
print("on import")

class Loud:
    def __init__(self):
        print("on being made")

    def dispatch(self, view):
        print("on dispatch")
        return None


def loud(graph, platform, jobs):
    print("on ranking", end="")
    return [0] * len(graph)
"""


def stomp_flim_in(folder, *arguments, python=(), out=None, **environment):
    """Run a command in a folder; return its exit status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, *python, "-c", MAIN, *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        stdout=out or subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def config(tmp_path):
    """Return a configuration of five tasks."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


def test_what_a_policy_prints_is_no_part_of_an_answer(tmp_path, config):
    """Of `run`, in this process; a ranker prints when it is imported and when it ranks."""
    (tmp_path / "loud.py").write_text(PRINTING)
    policy = ("--policy", "loud.py:loud", "--engine", "simpy", "--json")
    status, out, err = stomp_flim_in(tmp_path, "run", "--stomp", config, *policy)
    assert (0, 5) == (status, json.loads(out)["tasks"])
    assert "on import\n" in err
    assert "on ranking" in err


def test_what_a_policy_prints_is_no_part_of_a_digest(tmp_path):
    """Of `policies check`, which runs it in a process of its own, too."""
    (tmp_path / "loud.py").write_text(PRINTING)
    status, out, err = stomp_flim_in(tmp_path, "policies", "check", "loud.py:loud", "--json")
    assert (0, True) == (status, json.loads(out)[0]["ok"])
    assert "on ranking" in err


def test_what_a_policy_prints_in_other_processes_is_no_part_of_an_answer(tmp_path):
    """Of a sweep, whose points are simulated by processes that share the standard output."""
    (tmp_path / "loud.py").write_text(PRINTING)
    arguments = "compare --stage encoder --pixels 1 --policy loud.py:loud --jobs 1 --json --out x"
    status, out, err = stomp_flim_in(tmp_path, *arguments.split())
    assert (0, 1) == (status, len(json.loads(out)["rows"])), err
    assert "on ranking" in err


def test_what_a_policy_prints_is_left_alone_in_a_program(capsys):
    """There, standard output is the user's."""

    def loud(graph, platform, jobs):
        print("on ranking")
        return [0] * len(graph)

    graph = stomp_flim.TaskGraph.from_tasks(
        [stomp_flim.Task("t", [stomp_flim.Mode({"a": 1}, 2)])], []
    )
    platform = stomp_flim.Platform({"a": 1})
    simulate([stomp_flim.Job(graph)], platform, loud, engine="simpy")
    assert "on ranking\n" == capsys.readouterr().out


@pytest.mark.parametrize("python", [(), ("-OO",)])
def test_answers_need_no_docstrings_and_no_unicode(tmp_path, config, python):
    """Help, lists and a run under `-OO`, and where the terminal knows ASCII alone."""
    odd = tmp_path / "odd.json"
    odd.write_bytes(config.read_bytes().replace(b'"t"', '"µ"'.encode()))
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0"}
    for arguments in (
        ("--help",),
        ("run", "--help"),
        ("compare", "--help"),
        ("policies",),
        ("devices", "--json"),
        ("workloads",),
        ("run", "--stomp", odd, "--policy", "fifo", "--engine", "simpy", "--perfetto", "x.json"),
    ):
        options = {"python": python, "PYTHONUTF8": "0", **ascii_only}
        status, out, err = stomp_flim_in(tmp_path, *arguments, **options)
        assert (0, "") == (status, err), arguments
        assert out.isascii()
        assert out.strip()
    assert "µ" in (tmp_path / "x.json").read_text("utf-8")


HIDING = {
    "policies/__init__.py": "policy 'fifo'",
    "policies.py": "policy 'fifo'",
    "experiments/__init__.py": "compare",
    "workloads.py": "workload 'seq2seqlite'",
}


@pytest.mark.parametrize("file", HIDING)
def test_a_file_that_hides_ours_is_named(tmp_path, config, file):
    """A user's own folder or file of that name, beside a script or on the path."""
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    arguments = ("run", "--stomp", config, "--policy", "fifo")
    if "policies" not in file:
        arguments = ("compare", "--jobs", "1", "--pixels", "1", "--policy", "fifo", "--out", "x")
    path = os.pathsep.join(map(str, (tmp_path, REPOSITORY)))
    status, out, err = stomp_flim_in(tmp_path, *arguments, PYTHONPATH=path)
    assert (2, "", 1) == (status, out, err.count("\n")), err
    assert err.startswith("error: ")
    assert f"{tmp_path / file} hides the package of that name in {REPOSITORY}" in err


def test_a_file_that_hides_ours_is_named_wherever_it_is_imported(tmp_path, monkeypatch, capsys):
    """Also inside of a command, which imports what it needs when it is called."""
    application = CommandLine()
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "workloads.py").touch()

    @application.command()
    def command() -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "workloads"]:
            monkeypatch.delitem(sys.modules, name)
        import workloads.flim.zoo  # noqa: F401

    monkeypatch.setattr(sys, "argv", ["x"])
    with pytest.raises(SystemExit) as caught:
        run(application)
    assert 2 == caught.value.code
    assert f"{tmp_path / 'workloads.py'} hides the package" in capsys.readouterr().err


def test_a_module_that_is_missing_hides_nothing():
    """What is ours and there, or not ours, is in nobody's way."""
    for error in (ModuleNotFoundError(name="pandas"), ImportError(name="policies.none")):
        assert "" == stomp_flim.plugins.hidden_package(error, "policies.rankers.fifo")


def test_an_answer_that_cannot_be_written_is_an_error():
    """One line and the exit status 2, not a remark of the interpreter at its end."""
    with Path("/dev/full").open("wb") as full:
        status, _, err = stomp_flim_in(REPOSITORY, "policies", out=full)
    assert (2, 1) == (status, err.count("\n")), err
    assert err.endswith(": No space left on device\n")


def test_a_reader_that_has_enough_is_no_error():
    """As `head` is one."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as pipe:  # noqa: PTH123
        status, _, err = stomp_flim_in(REPOSITORY, "policies", out=pipe)
    assert (1, "") == (status, err)
