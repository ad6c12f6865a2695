"""The manners of all commands: asked for help, refused, listed, completed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, version

import pytest
import typer.main
from typer.testing import CliRunner

import stomp_flim
from stomp_flim import InputError, plugins
from stomp_flim.cli.app import app

KINDS = ("policies", "devices", "workloads", "experiments")
ROOT = typer.main.get_command(app)


def run(*words):
    """Run the command."""
    return CliRunner().invoke(app, list(words))


def commands(command=ROOT, words=()):
    """Yield all commands with the words that call them."""
    yield words, command
    context = command.make_context("stomp-flim", [], resilient_parsing=True)
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from commands(command.get_command(context, name), (*words, name))


ALL = dict(commands())


@pytest.fixture
def broken(monkeypatch):
    """Register a plug-in of a kind whose module ends the program when it is imported."""
    true = plugins.registered

    def register(kind, target="nothing_of_that_name:f"):
        point = EntryPoint("broken", target, f"stomp_flim.{kind}")
        monkeypatch.setattr(
            plugins,
            "registered",
            lambda asked: true(asked) | ({"broken": point} if asked == kind else {}),
        )

    return register


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_is_asked_for_help_in_two_ways(words):
    """``-h`` says what ``--help`` says."""
    short, long = run(*words, "-h"), run(*words, "--help")
    assert 0 == short.exit_code == long.exit_code
    assert short.stdout == long.stdout
    assert "-h, --help" in short.stdout


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_an_option_of_one_value_is_given_once(words):
    """Or else the last one would win unseen; whatever the command, and for all its options."""
    for option in ALL[words].params:
        if option.param_type_name != "option" or option.multiple or option.is_eager:
            continue
        name = max(option.opts, key=len)
        once = [name] if option.is_flag else [name, "1"]
        result = run(*words, *once, *once)
        assert isinstance(result.exception, InputError), (option, result.output)
        assert f"{name}: given 2 times, expected once" == str(result.exception)


def test_an_option_of_several_values_is_given_again():
    """As often as there are values."""
    result = run("compare", "--model", "seq2sec", "--model", "seq2seq", "--out", "nowhere")
    assert "unknown model 'seq2sec'" in str(result.exception)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("comprae",), "unknown command 'comprae'; did you mean 'compare'?"),
        (("policies", "chekc"), "unknown command 'chekc'; did you mean 'check'?"),
        (("run", "--engine", "compild"), "--engine: 'compild'; did you mean 'compiled'?"),
        (("run", "--knows", "x"), "--knows: 'x'; known are 'exact', 'mean', 'nothing'"),
        (("policies", "new", "p", "--kind", "rank"), "--kind: 'rank'; did you mean 'ranker'?"),
        (
            ("compare", "--durations", "publishd"),
            "--durations: 'publishd'; did you mean 'published'",
        ),
        (("frame", "--mode", "lockstep"), "--mode: 'lockstep'; did you mean 'lock-step'?"),
        (("phase", "--set", "heldout"), "--set: 'heldout'; did you mean 'held-out'?"),
        (("train", "--preset", "zo"), "--preset: 'zo'; did you mean 'zoo'?"),
        (("infer", "--time-axis", "lats"), "--time-axis: 'lats'; did you mean 'last'"),
    ],
)
def test_a_wrong_name_is_answered_with_near_ones(words, message):
    """Of commands, and of options that are choices, which help lists."""
    result = run(*words)
    assert isinstance(result.exception, InputError), result.output
    assert str(result.exception).startswith(message)
    if len(words) > 1 and words[-2].startswith("--"):
        right = message.split("'")[3]
        assert right in run(*words[:-2], "--help").stdout


def test_help_is_given_whatever_else_is_wrong():
    """A user who asks for help has made a mistake before."""
    assert 0 == run("run", "--engine", "x", "--seed", "1", "--seed", "2", "--help").exit_code


def test_the_version_stands_in_one_place():
    """The command, the package and what is installed agree."""
    assert f"stomp-flim {stomp_flim.__version__}\n" == run("--version").stdout
    assert version("stomp-flim") == stomp_flim.__version__


@pytest.mark.parametrize("words", [(), ("policies",), ("compare",)], ids=" ".join)
def test_a_help_page_in_a_pipe_does_not_wrap(words):
    """Each option and each command has a line of its own."""
    page = run(*words, "--help").stdout
    options = page.partition("Options:\n")[2].partition("\n\n")[0].splitlines()
    rows = page.partition("Commands:\n")[2].splitlines()
    starts = [line for line in [*options, *rows] if not line.startswith("  ")]
    assert [] == starts
    if words != ("compare",):  # where choices make a column of their own
        assert all(line[2] != " " for line in [*options, *rows])
        assert max(map(len, rows)) > 80


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_in_a_pipe_has_a_line_a_row_and_all_columns(kind):
    """However narrow a terminal would be."""
    rows = json.loads(run(kind, "--json").stdout)
    lines = CliRunner(env={"COLUMNS": "40"}).invoke(app, [kind]).stdout.splitlines()
    assert 1 + len(rows) == len(lines)
    assert list(rows[0]) == lines[0].split()
    for row, line in zip(rows, lines[1:], strict=True):
        for value in row.values():
            assert str(value) in line


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_extension_is_reported_and_the_others_are_listed(kind, broken):
    """On standard error, so that what reads the list goes on."""
    before = json.loads(run(kind, "--json").stdout)
    broken(kind)
    result = run(kind, "--json")
    assert 0 == result.exit_code
    assert before == json.loads(result.stdout)
    assert "warning: " in result.stderr
    assert "'broken' (nothing_of_that_name:f) cannot be loaded" in result.stderr


@pytest.mark.parametrize(
    "target", ["nothing_of_that_name:f", "stomp_flim.errors:_NEAR", "stomp_flim:InputError"]
)
def test_a_broken_experiment_takes_no_other_command_down(broken, target):
    """It is listed with what is wrong, and says so when it is called."""
    broken("experiments", target)
    page = run("--help")
    assert 0 == page.exit_code
    assert "  broken " in page.stdout
    assert "  compare " in page.stdout
    assert 0 == run("devices").exit_code
    called = run("broken", "--out", "x")
    assert isinstance(called.exception, InputError)
    assert "broken" in str(called.exception)


def test_a_module_that_ends_the_program_is_broken_too(broken, tmp_path, monkeypatch):
    """Whatever it does when it is imported."""
    (tmp_path / "ends_the_program.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    broken("devices", "ends_the_program:f")
    result = run("devices")
    assert 0 == result.exit_code
    assert "device 'broken' (ends_the_program:f) cannot be loaded: 3" in result.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("stomp-flim comp", {"compare"}),
        ("stomp-flim compare --policy hlf", {"hlfet"}),
        ("stomp-flim compare --stage enc", {"encoder"}),
        ("stomp-flim tradeoff --device xcku", {"xcku5p"}),
    ],
)
def test_a_shell_completes_commands_choices_and_extensions(words, expected):
    """By the names that are registered."""
    environment = {
        **os.environ,
        "_STOMP_FLIM_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    script = "import sys; sys.argv = ['stomp-flim']; from stomp_flim.cli.app import main; main()"
    printed = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert expected == set(printed.stdout.split()), printed.stderr


def test_choices_are_those_that_the_work_knows():
    """What an option lists is what the experiment takes."""
    from typing import get_args

    from experiments.frame.command import ModeName
    from experiments.frame.sweep import MODES
    from experiments.phase.command import SetName
    from experiments.phase.sets import SETS
    from experiments.shared.options import STAGE_NAMES, PresetName
    from experiments.speedup.sweep import SUM
    from workloads.flim.training.recipe.presets import PRESETS
    from workloads.models import WHOLE
    from workloads.published.decomposition import STAGES

    assert {*STAGES, SUM, WHOLE} == set(STAGE_NAMES)
    assert list(MODES) == list(ModeName)
    assert set(SETS) == set(SetName)
    assert set(PRESETS) == set(get_args(PresetName))


def test_help_loads_no_heavy_library():
    """Asking what there is costs a fraction of a second."""
    heavy = ("pandas", "matplotlib", "networkx", "scipy", "torch", "rich.progress", "pydantic")
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom stomp_flim.cli.app import app\n"
        "assert 'compare' in CliRunner().invoke(app, ['--help']).output\n"
        f"loaded = set({heavy!r}) & set(sys.modules)\nassert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
