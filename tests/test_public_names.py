"""Names that users import, wherever the code behind them lives."""

from importlib import import_module

import pytest

import stomp_flim

PUBLIC = {
    "stomp_flim.policy": ["AffinePriority", "Assignment", "Dispatcher", "Planner", "Ranker"],
    "stomp_flim.testing": ["check_policy"],
    "stomp_flim.distributions": ["Empirical", "Exponential", "Normal"],
    "stomp_flim.bounds": ["guarantee", "lower_bound", "lower_bounds", "start_count_bound"],
    "stomp_flim.frame": ["frame_bound", "free_running", "lock_step"],
    "stomp_flim.plots.gantt": ["gantt"],
    "stomp_flim.plots.speedup": ["speedup"],
    "stomp_flim.replay": ["Interpreter", "replay"],
    "stomp_flim.interchange.dot": ["read_graph", "write_graph"],
    "stomp_flim.interchange.stg": ["read_graph", "write_graph"],
    "stomp_flim.interchange.psplib": ["read_graph", "write_graph"],
    "stomp_flim.interchange.wfformat": ["read_graph", "write_graph"],
    "stomp_flim.interchange.perfetto": ["write_trace"],
    "stomp_flim.interchange.parquet": ["write_parquet"],
    "stomp_flim.interchange.stomp": ["load_run"],
    "hwmodels.gru_kernel": ["infer"],
    "hwmodels.device": ["Device", "load_device"],
    "hwmodels.devices": ["xc7k410t"],
    "hwmodels.network": ["Network", "SEQ2SEQ", "SEQ2SEQLITE"],
    "hwmodels.published": ["published"],
    "workloads.decomposition": ["decompose"],
}


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_name_stays(module):
    """A script of a user's survives a move of the code."""
    for name in PUBLIC[module]:
        assert getattr(import_module(module), name) is not None


def test_the_front_door_has_all_its_names():
    """What `__all__` announces is there."""
    for name in stomp_flim.__all__:
        assert getattr(stomp_flim, name) is not None
