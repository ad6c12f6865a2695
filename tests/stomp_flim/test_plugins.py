"""Extensions are found by entry point, built-in ones like all others."""

from importlib.metadata import EntryPoint

import pytest

from stomp_flim import InputError, Platform, device, plugins


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("policies", "fifo"),
        ("policies", "hlfet"),
        ("policies", "manual"),
        ("policies", "manual-lanes"),
        ("devices", "published"),
        ("workloads", "seq2seq"),
        ("workloads", "seq2seqlite"),
        ("experiments", "speedup"),
    ],
)
def test_built_in_extensions_are_registered(kind, name):
    """Under the groups that a third party uses."""
    assert name in plugins.registered(kind)


@pytest.mark.parametrize("kind", ["policies", "devices", "workloads", "experiments"])
def test_every_registered_extension_loads_and_has_a_summary(kind):
    """A line that the command can list."""
    for name in plugins.registered(kind):
        summary = plugins.summary(plugins.load(kind, name))
        assert summary
        assert summary.endswith((".", "]", ")"))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("policies", "unknown policy 'fifoo'; did you mean 'fifo'?"),
        ("devices", "unknown device 'fifoo'; known are "),
        ("experiments", "unknown experiment 'fifoo'; known are "),
    ],
)
def test_an_unknown_name_is_an_error(kind, message):
    """With near names, or all."""
    with pytest.raises(InputError) as error:
        plugins.load(kind, "fifoo")
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nothing_of_that_name:policy", "No module named 'nothing_of_that_name'"),
        ("policies.rankers.fifo:lifo", "module 'policies.rankers.fifo' has no attribute 'lifo'"),
    ],
)
def test_an_extension_that_cannot_be_imported_is_named(monkeypatch, target, reason):
    """What was registered, where, and why it failed."""
    point = EntryPoint("broken", target, "stomp_flim.policies")
    monkeypatch.setattr(plugins, "registered", lambda kind: {"broken": point})
    with pytest.raises(InputError) as error:
        plugins.load("policies", "broken")
    assert f"policy 'broken' ({target}) cannot be loaded: {reason}" == str(error.value)


def test_a_summary_is_the_first_line():
    """And nothing where there is no documentation."""

    def documented():
        """Do this.

        And that.
        """

    assert "Do this." == plugins.summary(documented)
    assert "" == plugins.summary(lambda: None)


def test_a_device_is_a_platform():
    """The published accelerator: 128 servers a type, 256 of data memory."""
    platform = device("published")
    assert isinstance(platform, Platform)
    servers = {"DSP": 128, "Shared mem": 128, "Const mem": 128, "data mem": 256}
    assert servers == platform.servers


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"name": "seq2sec"},
            "unknown workload 'seq2sec'; did you mean 'seq2seq' or 'seq2seqlite'",
        ),
        ({"name": "seq2seq", "step": 2}, "workload 'seq2seq': unknown option 'step'; did you mean"),
    ],
)
def test_an_unknown_workload_or_option_is_an_error(arguments, message):
    """With near names."""
    from stomp_flim import workload_graph

    with pytest.raises(InputError) as error:
        workload_graph(**arguments)
    assert str(error.value).startswith(message)
