"""The command ``stomp-flim run`` where arrivals and durations are random."""

import json

import pytest

from stomp_flim.cli.app import main

CONFIG = {
    "general": {"random_seed": 3},
    "simulation": {
        "sched_policy_module": "policies.simple_policy_ver2",
        "max_tasks_simulated": 200,
        "mean_arrival_time": 12.5,
        "servers": {"cpu": {"count": 1}},
        "tasks": {"t": {"mean_service_time": {"cpu": 10}, "stdev_service_time": {"cpu": 2.5}}},
    },
}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the configuration with more options; return what is printed, or the error."""
    path = tmp_path / "c.json"
    path.write_text(json.dumps(CONFIG))

    def command(*options):
        monkeypatch.setattr("sys.argv", ["stomp-flim", "run", "--stomp", str(path), *options])
        with pytest.raises(SystemExit) as status:
            main()
        captured = capsys.readouterr()
        return captured.err if status.value.code else json.loads(captured.out)

    return command


def test_a_run_prints_stomps_statistics(run):
    """They agree with each other, and stand beside the keys of every run."""
    printed = run("--json")
    assert 200 == printed["tasks"] == printed["jobs"]
    assert printed["response"]["mean"] == pytest.approx(
        printed["waiting"]["mean"] + printed["busy"]["cpu"] / 200
    )
    assert printed["makespan"] == sum(printed["queue_histogram"].values())
    assert printed["queue_length"]["mean"] == pytest.approx(
        printed["waiting"]["mean"] * 200 / printed["makespan"]
    )
    assert {"jobs": 0, "met": 0} == printed["deadlines"]
    assert printed["gap"] >= 0


def test_the_seed_is_an_option(run):
    """By default it is the configuration's."""
    assert run("--json") == run("--json", "--seed", "3")
    assert run("--json") != run("--json", "--seed", "4")
    assert "error: the seed is -4, expected an integer >= 0\n" == run("--json", "--seed", "-4")


def test_what_the_policy_knows_is_an_option(run):
    """FIFO does not care; what does not exist is refused."""
    assert run("--json") == run("--json", "--knows", "nothing")
    assert run("--json", "--knows", "all").startswith("error: --knows: 'all'; known are")


def test_decisions_may_cost_time(run):
    """Each task of one server waits at least for its own decision; a negative cost is refused."""
    free, costly = run("--json"), run("--json", "--decision-cycles", "3")
    assert costly["waiting"]["mean"] >= free["waiting"]["mean"] + 3
    assert costly["makespan"] >= free["makespan"] + 3
    assert run("--json", "--decision-interval", "40")["makespan"] >= 40 * 199
    assert run("--json", "--decision-cycles", "-1").startswith("error: decision cycles is -1, exp")
