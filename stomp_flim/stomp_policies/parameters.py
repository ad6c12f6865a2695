"""What a policy written for STOMP is given as its parameters: STOMP's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from stomp_flim.policy import View

_GENERAL = {
    "logging_level": "INFO",
    "random_seed": 0,
    "working_dir": ".",
    "basename": "",
    "pre_gen_arrivals": False,
    "input_trace_file": "",
    "output_trace_file": "",
}
_SIMULATION = {
    "arrival_time_scale": 1.0,
    "mean_arrival_time": 1,
    "contention": False,
    "drop": False,
    "promote": False,
    "pwr_mgmt": False,
    "power_mgmt_enabled": False,
    # voltage and frequency scaling, switched off by pwr_mgmt, with STOMP's published figures
    "pwr_model": "simple",
    "total_ptoks": 1000,
    "slack_perc": 0,
    "dvfs": 1,
    "base_clk": 1.0,
    "min_clk_f": 0.1,
    "v_nom": 0.8,
    "v_th": 0.35,
    "v_min": 0.45,
    "power_scale": 2.5,
    "no_completed_activity_check": False,
    "progress_intvl_f": 1000,
}


def parameters(name: str, view: View, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a run, completed by what the run itself says.

    Parameters
    ----------
    name : str
        Of the policy.
    view : View
        Of the run.
    configuration : mapping
        The document that the run was read from, where it was; its own keys stay. Service times of
        tasks are the run's, for it decides what is known of them.
    """
    given = deepcopy(dict(configuration))
    general, simulation = given.get("general", {}), given.get("simulation", {})
    servers, tasks = simulation.get("servers", {}), simulation.get("tasks", {})
    counts = view.platform.servers.items()
    size = view.workload.tasks
    return {
        **given,
        "general": {**_GENERAL, **general},
        "simulation": {
            **_SIMULATION,
            "sched_policy_module": f"policies.{name}",
            "policy": name,
            "max_tasks_simulated": size,
            "max_queue_size": size,
            **simulation,
            "servers": {t: {**servers.get(t, {}), "count": count} for t, count in counts},
            "tasks": {**tasks, **_task_types(view, tasks)},
        },
    }


def _task_types(view: View, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the types of task of a run; their service times are what the run lets be known."""
    tasks: dict[str, Any] = {}
    for graph in view.workload.graphs:
        for number, name in enumerate(graph.task_names):
            if name not in tasks:
                times = {t: m.latency for m in graph.modes(number) for t in m.demand}
                tasks[name] = {
                    "power": dict.fromkeys(times, 1),
                    **given.get(name, {}),
                    "mean_service_time": times,
                    "stdev_service_time": dict.fromkeys(times, 0.0),
                }
    return tasks
