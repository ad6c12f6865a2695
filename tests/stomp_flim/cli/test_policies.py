"""The command `policies`, and how commands are listed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from stomp_flim import InputError, plugins
from stomp_flim.cli.app import app


def run(*words):
    """Run the command."""
    return CliRunner().invoke(app, list(words))


def test_alone_it_lists_the_policies():
    """Also as JSON, with kinds and parameters."""
    rows = json.loads(run("policies", "--json").stdout)
    assert [*plugins.registered("policies")] == [row["name"] for row in rows]
    lanes = next(row for row in rows if row["name"] == "manual-lanes")
    assert ("planner", "lanes: 'int' = 8") == (lanes["kind"], lanes["parameters"])
    assert "manual-lanes" in run("policies").stdout


def test_new_writes_both_files_and_says_what_to_do_next(tmp_path):
    """Its output names the policy as the other commands take it."""
    result = run("policies", "new", "my-policy", "--kind", "dispatcher", "--out", str(tmp_path))
    assert 0 == result.exit_code, result.output
    assert {"my_policy.py", "test_my_policy.py"} == {path.name for path in tmp_path.iterdir()}
    spelling = f"{tmp_path}/my_policy.py:MyPolicy"
    assert f"stomp-flim policies check {spelling}" in result.stdout
    again = run("policies", "new", "my-policy", "--out", str(tmp_path))
    assert isinstance(again.exception, InputError)


def test_check_tells_what_a_policy_breaks(tmp_path):
    """The exit status is 1 if one does, 0 if none does."""
    (tmp_path / "mine.py").write_text(
        "class Idle:\n    work_conserving = True\n    def dispatch(self, view):\n"
        "        if view.free == view.platform.servers:\n"
        "            yield view.ready[0].job, view.ready[0].task, 0\n"
    )
    good = run("policies", "check", "fifo", "hlfet", "--hash-seed", "3")
    assert 0 == good.exit_code, good.output
    assert ["fifo: keeps", "hlfet: keeps"] == [
        line.partition(" contract")[0] for line in good.stdout.splitlines()
    ]
    bad = run("policies", "check", f"{tmp_path}/mine.py:Idle", "--json")
    assert 1 == bad.exit_code, bad.output
    (report,) = json.loads(bad.stdout)
    assert not report["ok"]
    assert "work-conserving" in {finding["rule"] for finding in report["findings"]}


@pytest.mark.parametrize("words", [(), ("policies",)])
def test_help_is_not_cut(words):
    """Each command with its whole first sentence."""
    printed = " ".join(run(*words, "--help").stdout.split())
    assert "..." not in printed.partition("Commands:")[2]
    for name in plugins.registered("experiments") if not words else ():
        assert plugins.summary(plugins.load("experiments", name)) in printed
