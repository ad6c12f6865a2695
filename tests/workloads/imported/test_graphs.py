"""Task graphs of imported networks."""

import pytest

from tests.workloads.imported import models
from tests.workloads.imported.building import saved
from workloads.imported import load
from workloads.published.networks import seq2seq, seq2seqlite


@pytest.mark.parametrize("stage", ["encoder", "decoder", "pipeline"])
@pytest.mark.parametrize(("layers", "units", "workload"), [(2, 128, seq2seq), (1, 32, seq2seqlite)])
def test_the_published_networks_give_the_published_graphs(layers, units, workload, stage, tmp_path):
    """Tasks, edges, work and critical path of the ONNX models are those of the workloads."""
    model = load(saved(models.published(layers, units, 135)[0], tmp_path))
    found, expected = model.graph(stage, 2), workload(stage, 2)
    assert len(expected) == len(found)
    assert len(expected.edges) == len(found.edges)
    for server_type in expected.server_types:
        assert expected.work(server_type) == found.work(server_type)
    assert expected.critical_path == found.critical_path


@pytest.mark.parametrize("name", ["torch, gru", "lstm", "scan, reset after, dense"])
def test_other_networks_are_cut_into_tiles(name, tmp_path):
    """Each step adds the same tasks."""
    from tests.workloads.imported.torch_models import MODELS

    make = (models.MODELS | MODELS)[name]
    model = load(saved(make()[0], tmp_path), 7)
    sizes = [len(model.graph(steps=steps)) for steps in (1, 2, 3)]
    assert sizes[0] > 10
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0]
    assert len(model.graph()) == sizes[0] + 6 * (sizes[1] - sizes[0])
