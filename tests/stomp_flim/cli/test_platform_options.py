"""Options that change the servers of a platform, in ``stomp-flim run`` among others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from stomp_flim.cli.app import app
from stomp_flim.cli.platform_options import counts
from stomp_flim.errors import InputError

CONFIG: dict[str, Any] = {
    "general": {"random_seed": 3},
    "simulation": {
        "sched_policy_module": "policies.simple_policy_ver2",
        "max_tasks_simulated": 50,
        "mean_arrival_time": 2.5,
        "servers": {"cpu": {"count": 1}, "gpu": {"count": 1}},
        "tasks": {"t": {"mean_service_time": {"cpu": 10, "gpu": 7}}},
    },
}
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Cc"], exclude_characters=",="), min_size=1
)


def run(folder: Path, *words: str) -> dict[str, Any]:
    """Return what a run of the configuration says of itself."""
    path = folder / "c.json"
    path.write_text(json.dumps(CONFIG))
    result = CliRunner().invoke(app, ["run", "--stomp", str(path), "--json", *words])
    if result.exception is not None and isinstance(result.exception, InputError):
        raise result.exception
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_servers_are_those_of_another_configuration(tmp_path: Path) -> None:
    """As if the file had said so."""
    changed = run(tmp_path, "--servers", "cpu=3, gpu=2")
    said = ["--set", "simulation.servers.cpu.count=3", "--set", "simulation.servers.gpu.count=2"]
    assert run(tmp_path, *said) == changed
    assert changed["makespan"] < run(tmp_path)["makespan"]


def test_the_clock_changes_no_schedule(tmp_path: Path) -> None:
    """It is for reports alone."""
    plain = run(tmp_path)
    assert plain == run(tmp_path, "--clock-ns", "2.5")
    words = ["run", "--stomp", str(tmp_path / "c.json"), "--clock-ns", "2.5"]
    nanoseconds = 2.5 * plain["makespan"]
    assert f"({nanoseconds} ns)" in CliRunner().invoke(app, words).stdout


@given(st.dictionaries(NAMES, st.integers(1, 10**17), min_size=1))
def test_names_with_numbers_are_read_as_written(wanted: dict[str, int]) -> None:
    """In their order, whatever the names are."""
    text = ",".join(f"{name}={number}" for name, number in wanted.items())
    assert tuple(wanted.items()) == counts("--servers", text)
    assert () == counts("--servers", None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--servers", "cpus=3"], "has no servers of type 'cpus'; did you mean 'cpu'?"),
        (["--servers", "cpu"], "--servers: 'cpu', expected names with numbers, such as DSP=8"),
        (["--servers", ""], "--servers: '', expected names with numbers"),
        (["--servers", "cpu=1,cpu=1"], "--servers: cpu is given twice, expected once"),
        (["--servers", "cpu=-1"], "--servers: cpu is '-1', expected an integer >= 1"),
        (["--servers", "cpu=" + "9" * 30], "expected an integer >= 1"),
        (["--servers", "cpu=9999999"], "expected an integer from 1 to 1,000,000"),
        (["--memory", "BRAM=9"], "--memory: 'BRAM', into which no task writes; known are none"),
        (["--clock-ns", "0"], "clock period 0.0 ns, expected a finite number > 0"),
    ],
)
def test_what_cannot_be_changed_is_one_clear_error(
    tmp_path: Path, words: list[str], message: str
) -> None:
    """It names the option or the server type, and what was expected."""
    with pytest.raises(InputError, match=re.escape(message)):
        run(tmp_path, *words)
