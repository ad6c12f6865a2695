"""A command with ``--study``: what it is told in a file, it tells in a file again."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
import typer.main
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from stomp_flim import InputError
from stomp_flim.cli.commands import CommandLine
from stomp_flim.cli.study import StudiedCommand, current_study, resolved
from stomp_flim.errors import near_names
from stomp_flim.files import output_folder


class Colour(StrEnum):
    """What an option may be."""

    RED = "red"
    GREEN = "green"


def example(
    out: Annotated[Path, typer.Option("--out")],
    names: Annotated[list[str] | None, typer.Option("--name")] = None,
    colour: Annotated[list[Colour] | None, typer.Option("--colour")] = None,
    side: Literal["left", "right"] = "left",
    pixels: Annotated[str, typer.Option(metavar="N,N,...")] = "1,2",
    units: Annotated[str | None, typer.Option(metavar="N,N,...")] = None,
    steps: int = 1,
    rate: float = 1.0,
    as_published: Annotated[bool, typer.Option("--as-published")] = False,
    policy: str = "fifo",
    data: Path | None = None,
    jobs: int | None = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write what it was given, with what stands in the files."""
    if steps < 1:
        raise InputError(f"--steps: {steps}, expected an integer >= 1")
    if policy.startswith("f") and policy != "fifo" and not policy.endswith("py"):
        raise InputError(f"unknown policy {policy!r}; {near_names(policy, ['fifo'])}")
    names = names or ["first", "second"]
    resolved(names=names)
    read = [Path(path).read_text() for path in (data, policy.rpartition("=")[2]) if is_there(path)]
    values = (names, colour, side, pixels, units, steps, rate, as_published, read)
    output_folder(out)
    (out / "example.csv").write_text(repr(values), encoding="utf-8")


def is_there(path):
    """Return whether a path leads to a file."""
    return path is not None and Path(path).is_file()


def run(*words, command=example):
    """Run the example as an experiment is run."""
    application = CommandLine()
    application.command("example", cls=StudiedCommand)(command)
    return CliRunner().invoke(application, [str(word) for word in words])


def done(*words):
    """Run the example, which must succeed, and return what is printed on standard error."""
    result = run(*words)
    assert 0 == result.exit_code, (result.output, result.exception)
    return result.stderr


def refused(*words):
    """Run the example, which must refuse what it is given, and return the message."""
    result = run(*words)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Run in a folder of its own, with names that are relative."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


WORDS = st.text(st.characters(exclude_characters="/\\\0\r", codec="utf-8"), max_size=12)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False), st.sampled_from(["1e3", " 7", ""]))
LISTS = st.lists(NUMBERS, min_size=1, max_size=4).map(lambda numbers: ",".join(map(str, numbers)))


@given(
    names=st.lists(WORDS, max_size=3),
    colours=st.lists(st.sampled_from(Colour), max_size=3),
    pixels=LISTS,
    units=st.none() | LISTS,
    steps=st.integers(1, 2**70),
    rate=st.floats(allow_nan=False),
    flag=st.booleans(),
)
def test_a_run_of_its_study_is_the_run(
    names, colours, pixels, units, steps, rate, flag, tmp_path_factory
):
    """Whatever the options are: what the command writes is equal, and so is the study."""
    one, two = (tmp_path_factory.mktemp("run") / name for name in ("one", "two"))
    words = [f"--name={name}" for name in names] + [f"--colour={each}" for each in colours]
    words += [] if units is None else [f"--units={units}"]
    words += ["--as-published"] if flag else []
    done(*words, f"--pixels={pixels}", f"--steps={steps}", f"--rate={rate!r}", "--out", one)
    assert "" == done("--study", one / "study.toml", "--out", two)
    for name in ("example.csv", "study.toml"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_files_are_found_from_wherever_the_study_is_read(folder, monkeypatch):
    """Paths start at the folder of the study, and none of this machine stands in it."""
    (folder / "mine").mkdir()
    Path("mine/data.npy").write_text("data")
    Path("mine/policy.py").write_text("policy")
    done("--data", "mine/data.npy", "--policy", "x:a=1,b=mine/policy.py", "--out", "results/one")
    text = Path("results/one/study.toml").read_text()
    study = tomllib.loads(text)
    assert "../../mine/data.npy" == study["data"]
    assert "x:a=1,b=../../mine/policy.py" == study["policy"]
    assert {"../../mine/data.npy", "../../mine/policy.py"} == study["digests"]["files"].keys()
    assert str(folder) not in text
    expected = Path("results/one/example.csv").read_bytes()
    assert b"['data', 'policy']" in expected

    monkeypatch.chdir(folder / "mine")
    assert "" == done("--study", "../results/one/study.toml", "--out", "two")
    assert expected == Path("two/example.csv").read_bytes()
    again = tomllib.loads(Path("two/study.toml").read_text())
    assert "../data.npy" == again["data"]
    assert study["digests"]["study"] == again["digests"]["study"]  # the same files elsewhere


def test_a_path_that_was_given_whole_stays(folder):
    """It is the user's to say it."""
    (folder / "data.npy").write_text("data")
    done("--data", folder / "data.npy", "--out", "one")
    assert str(folder / "data.npy") == tomllib.loads(Path("one/study.toml").read_text())["data"]


def test_a_folder_of_results_may_be_a_link(folder):
    """The way from what it leads to is the one that counts."""
    (folder / "disk/far/results").mkdir(parents=True)
    (folder / "results").symlink_to(folder / "disk/far/results")
    Path("data.npy").write_text("data")
    done("--data", "data.npy", "--out", "results/one")
    done("--study", "results/one/study.toml", "--out", "two")
    assert Path("results/one/example.csv").read_bytes() == Path("two/example.csv").read_bytes()


def test_the_command_line_goes_before_the_study():
    """What it does not say, the study says; where results go has a default then."""
    Path("s.toml").write_text('command = "example"\npixels = 3\nsteps = 5\nname = "a"\n')
    done("--study", "s.toml", "--steps", "7", "--name", "b", "--name", "c")
    written = tomllib.loads(Path("results/example/study.toml").read_text())
    assert ([3], 7, ["b", "c"]) == (written["pixels"], written["steps"], written["name"])


def test_keys_are_written_with_dashes_or_underscores():
    """As users of TOML or of the command line do."""
    for key in ("as-published", "as_published"):
        Path("s.toml").write_text(f'command = "example"\n{key} = true\n')
        done("--study", "s.toml", "--out", "one")
        assert tomllib.loads(Path("one/study.toml").read_text())["as-published"] is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pixls = [1]", "s.toml: unknown key 'pixls' with value [1]; did you mean 'pixels'?"),
        ("comand = 1", "s.toml: unknown key 'comand' with value 1; did you mean 'command'?"),
        ("steps = 2.0", "s.toml: steps: 2.0, expected a whole number"),
        ("steps = true", "s.toml: steps: True, expected a whole number"),
        ("steps = [1]", "s.toml: steps: [1], expected a whole number"),
        ("rate = '1'", "s.toml: rate: '1', expected a number"),
        ("as_published = 1", "s.toml: as_published: 1, expected true or false"),
        ("policy = 3", "s.toml: policy: 3, expected a text"),
        ("data = 3", "s.toml: data: 3, expected a path, which is a text"),
        ("name = [1]", "s.toml: name: 1, expected a text, or a list of such"),
        ("name = []", "s.toml: name: [], expected at least one value"),
        ("pixels = [[1]]", "s.toml: pixels: [1], expected a list of numbers or texts"),
        ("pixels = [true]", "s.toml: pixels: True, expected a list of numbers or texts"),
        ("colour = ['redd']", "s.toml: colour: 'redd'; did you mean 'red'?"),
        ("colour = 3", "s.toml: colour: 3, expected one of 'red', 'green', or a list of such"),
        ("side = 'lefft'", "s.toml: side: 'lefft'; did you mean 'left'?"),
        (
            "as-published = true\nas_published = false",
            "s.toml: key 'as_published': False is its second value, as 'as-published' is the same",
        ),
        ("steps = 1\nsteps = 2", "key 'steps' is given twice, here as '2', expected once"),
        ("out = 'x'", "s.toml: key 'out': 'x', expected on the command line alone"),
        ("jobs = 2", "s.toml: key 'jobs': 2, expected on the command line alone"),
        ("steps = 0", "s.toml: --steps: 0, expected an integer >= 1"),
        ("policy = 'fiffo'", "s.toml: unknown policy 'fiffo'; did you mean 'fifo'?"),
        ("made_with = 1", "s.toml: made_with: 1, expected a table [made_with]"),
        ("made_with = {numpy = 1}", "s.toml: made_with.numpy: 1, expected a text"),
        ("digests = {studdy = 'x'}", "s.toml: unknown key 'digests.studdy'; did you mean 'study'?"),
        ("digests = {files = 'x'}", "s.toml: digests.files: 'x', expected a table"),
        ("[digests.files]\nx = 1", "s.toml: digests.files.x: 1, expected a text"),
        ("steps = [1", "s.toml: not TOML: "),
    ],
)
def test_a_wrong_study_is_one_clear_error(text, message):
    """It names file, key, value and what was expected, and nothing is written."""
    Path("s.toml").write_text(f'command = "example"\n{text}\n')
    assert message in refused("--study", "s.toml", "--out", "out")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps = 1", "s.toml: no key 'command', expected command = 'example'"),
        ("command = 1", "s.toml: command: 1, expected 'example'"),
        (
            "command = 'other'\nother_key = 1",
            "s.toml: command: 'other', expected 'example'; a study is repeated by its own command: "
            "stomp-flim other --study s.toml",
        ),
    ],
)
def test_a_study_of_another_command_is_refused(text, message):
    """Its keys would mean other things."""
    Path("s.toml").write_text(f"{text}\n")
    assert message == refused("--study", "s.toml", "--out", "out")


def test_a_study_that_is_not_there_is_refused():
    """As any file is."""
    assert "s.toml: cannot be read: No such file" in refused("--study", "s.toml", "--out", "out")
    assert "--study: given 2 times" in refused("--study", "a", "--study", "b", "--out", "out")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--steps", "0"), "--steps: 0, expected an integer >= 1"),
        (("--policy", "fiffo"), "unknown policy 'fiffo'; did you mean 'fifo'?"),
        (("--out", "s.toml/x"), "s.toml/x: cannot be used as output folder: Not a directory"),
    ],
)
def test_an_error_of_the_command_line_does_not_blame_the_study(words, message):
    """Where the option is given in both."""
    Path("s.toml").write_text('command = "example"\nsteps = 1\npolicy = "fifo"\n')
    out = () if "--out" in words else ("--out", "out")
    assert message == refused("--study", "s.toml", *words, *out)


def test_what_is_not_as_it_was_is_a_warning():
    """Versions, sources, files and keys, with what was and what is; results come all the same."""
    Path("data.npy").write_text("data")
    done("--data", "data.npy", "--out", "one")
    path = Path("one/study.toml")
    text = path.read_text()
    numpy = tomllib.loads(text)["made_with"]["numpy"]
    sources = tomllib.loads(text)["digests"]["sources"]
    text = text.replace(f'numpy = "{numpy}"', 'numpy = "0.1"\nnone-such = "2"')
    path.write_text(text.replace(sources, "0" * 64).replace("steps = 1", "steps = 2"))
    Path("data.npy").write_text("other data")
    lines = done("--study", path, "--out", "two").splitlines()
    assert all(line.startswith("warning: one/study.toml: ") for line in lines)
    said = [line.partition("toml: ")[2] for line in lines]
    assert said[0].startswith("changed since it was written: its digest was ")
    assert f"made with numpy 0.1, here is {numpy}" == said[1]
    assert "made with none-such 2, here is none" == said[2]
    assert f"made by sources of digest {'0' * 12}, here is {sources[:12]}" == said[3]
    assert said[4].startswith("data.npy had digest 3a6eb0790f39, has ")
    assert 5 == len(said)
    assert Path("two/example.csv").is_file()


def test_results_in_a_file_have_their_study_beside_it():
    """Named like the file."""

    def file(out: Annotated[Path, typer.Option("--out")], steps: int = 1) -> None:
        assert current_study().command == "example"
        out.write_text(str(steps))

    result = run("--steps", "3", "--out", "a.npz", command=file)
    assert 0 == result.exit_code, result.exception
    assert 3 == tomllib.loads(Path("a.study.toml").read_text())["steps"]
    assert current_study() is None


@pytest.mark.parametrize(("status", "expected"), [(0, True), (1, True), (2, False), (130, False)])
def test_an_answer_that_is_no_has_a_study_too(status, expected):
    """What was interrupted or refused has none: its results are not all there."""

    def judge(out: Annotated[Path, typer.Option("--out")]) -> None:
        output_folder(out)
        raise typer.Exit(status)

    assert status == run("--out", "out", command=judge).exit_code
    assert expected == Path("out/study.toml").is_file()


def test_a_command_that_fails_leaves_no_study():
    """It would say that results are there."""
    Path("out").mkdir()
    refused("--steps", "0", "--out", "out")
    assert [] == list(Path("out").iterdir())


def test_a_command_without_results_has_no_study():
    """There would be nothing beside which to put one."""

    def bare(steps: int = 1) -> None:
        assert current_study() is None

    assert 0 == run("--steps", "2", command=bare).exit_code
    assert 2 == run("--study", "s.toml", command=bare).exit_code
