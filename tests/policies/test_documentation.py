"""The table of policies."""

from pathlib import Path

from stomp_flim import plugins
from stomp_flim.interchange.text.typed_parameters import keyword_parameters
from stomp_flim.policy import protocol

TABLE = Path(__file__).parents[2] / "docs/reference/policies.md"


def test_it_lists_the_library():
    """Every policy of this project with its protocol and parameters, and nothing else."""
    rows = [line.split("|") for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    listed = {row[1].strip(" `"): (row[2].strip(), row[3].strip(" `")) for row in rows}
    expected = {}
    for name, point in plugins.registered("policies").items():
        if point.module.startswith("policies."):
            policy = point.load()
            defaults = [f"{key}={p.default}" for key, p in keyword_parameters(policy).items()]
            expected[name] = (protocol(policy, name), ", ".join(defaults))
    assert expected == listed
