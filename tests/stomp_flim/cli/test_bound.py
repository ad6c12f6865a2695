"""The command ``stomp-flim run`` with bounds that are asked for."""

import json

import pytest
from typer.testing import CliRunner

from stomp_flim.cli.app import app

CONFIG = {
    "general": {"random_seed": 3},
    "simulation": {
        "sched_policy_module": "policies.simple_policy_ver2",
        "servers": {"cpu": {"count": 1}},
        "tasks": {"t": {"mean_service_time": {"cpu": 10}, "stdev_service_time": {"cpu": 0}}},
    },
}


@pytest.fixture
def run(tmp_path):
    """Run three tasks that arrive at 0, 2 and 50."""
    config, trace = tmp_path / "c.json", tmp_path / "t.trc"
    config.write_text(json.dumps(CONFIG))
    trace.write_text("cpu\n0,t,10\n2,t,10\n50,t,10\n")

    def command(*options):
        words = ["run", "--stomp", str(config), "--trace", str(trace), *options]
        return CliRunner().invoke(app, words)

    return command


def test_a_bound_is_shown_beside_those_of_every_run(run):
    """By name, in words and as JSON; without the option there is no list."""
    asked = ("--bound", "start-counts", "--bound-seconds", "20")
    printed = json.loads(run(*asked, "--json").stdout)
    assert printed["bounds"]["start counts"] <= printed["makespan"]
    assert max(printed["bounds"].values()) == printed["lower_bound"]
    assert "critical path" in printed["bounds"]
    assert "\nbounds       critical path " in run(*asked).stdout
    assert "bounds" not in json.loads(run("--json").stdout)


def test_time_for_a_bound_must_be_positive(run):
    """Said before anything runs."""
    result = run("--bound-seconds", "-1")
    assert "--bound-seconds: -1.0, expected a finite number > 0" in str(result.exception)
