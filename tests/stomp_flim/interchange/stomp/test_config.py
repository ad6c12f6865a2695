"""STOMP's JSON configurations."""

import json

import pytest

from stomp_flim.errors import InputError
from stomp_flim.interchange.stomp.config import read_config
from stomp_flim.model.distributions import Normal
from stomp_flim.model.task import Mode
from stomp_flim.policy.loading import parse


def document():
    """Return a small configuration of IBM's kind, with servers that differ in speed."""
    return {
        "general": {"input_trace_file": "in/trace.trc", "random_seed": 0},
        "simulation": {
            "sched_policy_module": "policies.simple_policy_ver2",
            "servers": {"cpu": {"count": 8}, "gpu": {"count": 2}},
            "tasks": {
                "fft": {
                    "mean_service_time": {"gpu": 100, "cpu": 500.0},
                    "stdev_service_time": {"gpu": 0.0, "cpu": 0},
                },
                "decode": {"mean_service_time": {"cpu": 200, "npu": 1}},
            },
        },
    }


@pytest.fixture
def write(tmp_path):
    """Write a configuration, as an object or as text, and return its path."""

    def file(content=None):
        path = tmp_path / "config.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content or document()))
        return path

    return file


def test_servers_stand_as_listed(write):
    """Without ids the order of the configuration numbers the servers."""
    platform = read_config(write()).platform
    assert [("cpu", 8), ("gpu", 2)] == list(platform.servers.items())
    assert "config" == platform.name


def test_servers_stand_by_id_where_given(write):
    """The ids of configurations for task graphs decide, wherever the entry stands."""
    content = document()
    content["simulation"]["servers"] = {"b": {"id": 10, "count": 1}, "a": {"id": 9, "count": 2}}
    assert ["a", "b"] == list(read_config(write(content)).platform.servers)


@pytest.mark.parametrize("servers", [{"a": {"id": 1, "count": 1}, "b": {"count": 1}}, None])
def test_ids_that_do_not_order_the_servers_are_refused(write, servers):
    """Either every server type has an id of its own or none has one."""
    content = document()
    same = {"a": {"id": 1, "count": 1}, "b": {"id": 1, "count": 1}}
    content["simulation"]["servers"] = servers or same
    with pytest.raises(InputError, match=r"simulation.servers: ids .* expected a different one"):
        _ = read_config(write(content)).platform


def test_task_types_are_graphs_of_one_task(write):
    """Mean service times are the modes, as listed, on the servers that exist."""
    graphs = read_config(write()).task_graphs()
    assert ["fft", "decode"] == list(graphs)
    assert (Mode({"gpu": 1}, 100), Mode({"cpu": 1}, 500)) == graphs["fft"].modes(0)
    assert (Mode({"cpu": 1}, 200),) == graphs["decode"].modes(0)
    assert ("fft",) == graphs["fft"].task_names


def test_overrides_apply_before_anything_is_checked(write):
    """A key with a space and a value that was wrong in the file can be set."""
    content = document()
    content["simulation"]["servers"]["Shared mem"] = {"count": 0}
    config = read_config(write(content), ["simulation.servers.Shared mem.count=64"])
    assert 64 == config.platform.servers["Shared mem"]


def test_a_deviation_makes_a_service_time_random(write):
    """It is normally distributed on that server type, and as before on those with deviation 0."""
    content = document()
    content["simulation"]["tasks"]["fft"]["stdev_service_time"]["cpu"] = 5.0
    path = write(content)
    cpu, gpu = Mode({"cpu": 1}, distribution=Normal(500, 5.0)), Mode({"gpu": 1}, 100)
    assert (gpu, cpu) == read_config(path).task_graphs()["fft"].modes(0)
    means = read_config(path, ["simulation.tasks.*.stdev_service_time.*=0"]).task_graphs()
    assert (gpu, Mode({"cpu": 1}, 500)) == means["fft"].modes(0)


def test_a_deviation_without_a_mean_is_refused(write):
    """A server type that is misspelt would otherwise be one without chance."""
    content = document()
    content["simulation"]["tasks"]["fft"]["stdev_service_time"] = {"cup": 5.0}
    with pytest.raises(InputError, match=r"stdev_service_time\.cup is 5\.0, .* mean 'cpu'\?"):
        read_config(write(content)).task_graphs()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("simulation.servers.gpu.count", "0", "is 0, expected greater than or equal to 1"),
        ("simulation.servers.gpu.count", "2.5", "is 2.5, expected a valid integer"),
        ("simulation.servers.gpu.count", '"2"', "is '2', expected a valid integer"),
        ("simulation.servers.gpu.count", "true", "is True, expected a valid integer"),
        ("simulation.servers.gpu", "3", "is 3, expected an object"),
        ("simulation.servers.gpu", "{}", ".count: missing"),
        ("simulation.servers", "{}", "is {}, expected at least one entry"),
        ("simulation", "{}", ".servers: missing"),
        ("simulation.tasks.fft.mean_service_time.gpu", "1.5", "is 1.5, expected a valid integer"),
        ("simulation.tasks.fft.mean_service_time.gpu", "0", "is 0, expected greater than or equ"),
        ("simulation.tasks.fft.mean_service_time.gpu", "NaN", "is nan, expected a valid integer"),
        ("simulation.tasks.fft.stdev_service_time.gpu", "NaN", "is nan, expected a finite number"),
        ("simulation.tasks.fft.stdev_service_time.gpu", "-1", "is -1, expected greater than or eq"),
        ("general.input_trace_file", "3", "is 3, expected a valid string"),
        ("general.random_seed", "-1", "is -1, expected greater than or equal to 0"),
    ],
)
def test_a_wrong_value_is_refused(write, key, value, message):
    """The message names the file, the dotted key, the value and what was expected, in a line."""
    path = write()
    with pytest.raises(InputError) as caught:
        read_config(path, [f"{key}={value}"])
    assert str(caught.value).startswith(f"{path}: {key}")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["contention", "drop", "promote", "pwr_mgmt", "power_mgmt_enabled"])
def test_features_that_do_not_exist_here_are_refused(write, key):
    """A schedule that STOMP would make differently is not passed off as STOMP's."""
    content = document()
    content["simulation"][key] = False
    path = write(content)
    assert read_config(path)
    with pytest.raises(InputError, match=f"simulation.{key} is True, expected false"):
        read_config(path, [f"simulation.{key}=true"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: not JSON"),
        ('{\n "simulation": {,\n}', "line 2, column 17: not JSON"),
        ("[1]", "list, expected a JSON object"),
        ('{"simulation": {"servers": {"a": {"count": 1}, "a": {"count": 2}}}}', "key 'a' stands t"),
        ('{"general": {}}', "simulation: missing"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(write, text, message):
    """The message names the file, and the line where JSON breaks."""
    path = write(text)
    with pytest.raises(InputError) as caught:
        read_config(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_a_type_of_task_that_no_server_runs_is_refused(write):
    """Both what the task can use and what the platform has are named."""
    content = document()
    content["simulation"]["tasks"]["decode"]["mean_service_time"] = {"npu": 1}
    with pytest.raises(InputError, match=r"decode\.mean_service_time has 'npu', none of which"):
        read_config(write(content)).task_graphs()


@pytest.mark.parametrize(("looks_past", "policy"), [(False, "simple-policy-2"), (True, "fifo")])
def test_simple_policy_2_has_two_versions(write, looks_past, policy):
    """Either kind of configuration names it by its own module."""
    assert policy == read_config(write()).policy(looks_past=looks_past)
    graph_kind = document()
    graph_kind["simulation"] |= {
        "sched_policy_module": "task_policies.simple_policy_ver2",
        "policy": "default",
        "policies": {"default": {"meta_policy": "edf", "task_policy": "simple_policy_ver2"}},
    }
    assert policy == read_config(write(graph_kind)).policy(looks_past=looks_past)


@pytest.mark.parametrize("module", ["simple_policy_ver1", "simple_policy_ver5", "edf_eft", "edf"])
def test_a_policy_of_stomp_is_one_that_exists_here(write, module):
    """What a configuration names runs without being named again."""
    content = document()
    content["simulation"]["sched_policy_module"] = f"policies.{module}"
    assert "planner" != parse(read_config(write(content)).policy()).kind


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"sched_policy_module": "policies.simple_policy_ver9"},
            "is 'policies.simple_policy_ver9', expected one of edf, simple_policy_ver1, ",
        ),
        ({"sched_policy_module": ""}, "simulation.sched_policy_module is ''"),
        ({"policy": "ads"}, "simulation.policy is 'ads'"),
        ({"policy": "a", "policies": {"a": {"task_policy": "ts_eft"}}}, "policy is 'ts_eft'"),
    ],
)
def test_another_policy_is_refused(write, change, message):
    """The message names it and says how to run with another."""
    content = document()
    content["simulation"] |= change
    with pytest.raises(InputError) as caught:
        _ = read_config(write(content)).policy()
    assert message in str(caught.value)
    assert "(--policy)" in str(caught.value)


def test_the_trace_stands_beside_the_configuration(write):
    """Its path is relative to the configuration, wherever the program runs."""
    path = write()
    assert path.parent / "in/trace.trc" == read_config(path).trace
    with pytest.raises(InputError, match=r"general\.input_trace_file names no trace"):
        _ = read_config(path, ["general.input_trace_file="]).trace


@pytest.mark.parametrize(
    ("key", "cost"),
    [("comm_cost", {"cpu": {"cpu": 0, "gpu": 0.5}}), ("data_cost", {"cpu": 0, "gpu": 0.5})],
)
def test_task_graphs_move_data_for_free(write, key, cost):
    """A schedule in which STOMP would wait for data is not passed off as its own."""
    content = document()
    content["simulation"]["tasks"]["fft"][key] = cost
    path = write(content)
    with pytest.raises(InputError, match=rf"tasks\.fft\.{key}.*gpu is 0\.5, expected 0") as caught:
        read_config(path).require_free_communication()
    sets = [part.rpartition("'")[2] for part in str(caught.value).split("=0'")[:-1]]
    (zero,) = [f"{name}=0" for name in sets if key in name]
    read_config(path, [zero]).require_free_communication()


@pytest.mark.parametrize(
    ("key", "value"), [("power", 3), ("power.cpu", -1), ("comm_cost.cpu.gpu", "x")]
)
def test_costs_and_powers_are_numbers(write, key, value):
    """They are checked although most of them are for policies only."""
    content = document()
    level = content["simulation"]["tasks"]["fft"]
    *steps, name = key.split(".")
    for step in steps:
        level = level.setdefault(step, {})
    level[name] = value
    with pytest.raises(InputError, match=rf"simulation\.tasks\.fft\.{key} is {value!r}, expected"):
        read_config(write(content))
