"""The command `inspect`: what is inside files of images, and how it is read."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from experiments.inspect.command import inspect
from stomp_flim.cli.commands import CommandLine
from stomp_flim.errors import InputError
from tests.workloads.flim.data.reading.sdt_files import Block, sdt_file
from workloads.flim.data.reading import contents, read

COUNTS = np.random.default_rng(1).poisson(3, (4, 6, 64)).astype("<u2")


def run(*arguments):
    """Run the command as the command line does."""
    app = CommandLine()
    app.command()(inspect)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path):
    """Write a file of two images with a trace before them, and an array."""
    blocks = (Block(np.arange(9, dtype="<u2"), 1e6, kind="mcs"), Block(COUNTS), Block(COUNTS, 25.6))
    (tmp_path / "a.sdt").write_bytes(sdt_file(*blocks))
    np.save(tmp_path / "b.npy", COUNTS)
    return tmp_path


def test_a_table_says_what_is_there(files):
    """Each part has a line with its shape, its bins, its counts and the option that reads it."""
    result = run(files / "*")
    assert 0 == result.exit_code, result.output
    first, _, trace, one, two, _, second, _, array = result.output.splitlines()
    assert first.endswith("a.sdt: a Becker & Hickl SDT file")
    assert second.endswith("b.npy: a NumPy array")
    assert "no: trace over seconds (MCS)" in trace
    for line, width, option in ((one, "0.2", "--channel 0"), (two, "0.4", "--channel 1")):
        for word in ("4 x 6 x 64", width, f"{COUNTS.sum():,}", f"yes, with {option}"):
            assert word in line
    assert "yes, with --bin-width NS" in array


def test_json_says_the_same(files):
    """One document, a file after the other."""
    result = run(files / "a.sdt", files / "b.npy", "--json")
    documents = json.loads(result.output)
    assert [str(files / "a.sdt"), str(files / "b.npy")] == [each["source"] for each in documents]
    trace, one, two = documents[0]["entries"]
    assert (False, None, [1, 9], 36.0) == tuple(
        trace[key] for key in ("is_read", "channel", "shape", "counts")
    )
    pixels = COUNTS.sum(-1)
    for number, entry in enumerate((one, two)):
        assert (True, number, 1, [4, 6, 64]) == tuple(
            entry[key] for key in ("is_read", "channel", "frames", "shape")
        )
        assert (pixels.sum(), pixels.max()) == (entry["counts"], entry["brightest"])


def test_what_is_said_to_be_read_is_read(files):
    """With the options that are named, and the counts that are shown."""
    for entry in contents(files / "a.sdt").entries[1:]:
        image = read(files / "a.sdt", channel=entry.channel)
        assert (entry.bin_width_ns, entry.counts) == (image.bin_width_ns, image.counts.sum())


def test_a_part_that_cannot_be_read_says_why(tmp_path):
    """Bins too wide for lifetimes, counts below 0, too few axes; JSON stays valid."""
    wide, none = Block(COUNTS, 1e6), Block(COUNTS.astype("<f8") - 9)
    (tmp_path / "a.sdt").write_bytes(sdt_file(wide, none))
    np.save(tmp_path / "b.npy", np.full((3, 4), np.nan))
    result = run(tmp_path / "a.sdt", tmp_path / "b.npy", "--json")
    first, second = json.loads(result.output, parse_constant=pytest.fail)
    reasons = [entry["how"] for entry in (*first["entries"], *second["entries"])]
    for part, reason in zip(("bin width", "a count is", "the shape (3, 4)"), reasons, strict=True):
        assert part in reason
    assert not any(entry["is_read"] for entry in (*first["entries"], *second["entries"]))


def test_a_damaged_file_is_one_error(files):
    """And nothing is printed of those before it."""
    (files / "c.sdt").write_bytes((files / "a.sdt").read_bytes()[:-100])
    result = run(files / "a.sdt", files / "c.sdt")
    assert "" == result.stdout
    assert 0 != result.exit_code
    with pytest.raises(InputError, match=r"c\.sdt: damaged or truncated"):
        contents(files / "c.sdt")
