"""Instances: modes resolved against a platform."""

from hypothesis import given, settings
from strategies import workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, Workload
from stomp_flim.instance import Instance

PLATFORM = Platform({"DSP": 2, "memory": 1})


def choices(*tasks):
    """Resolve tasks given by their modes."""
    graph = TaskGraph.from_tasks([Task("task", modes) for modes in tasks], [])
    instance = Instance(Workload([Job(graph)]), PLATFORM)
    return instance.choices[0]


def test_modes_are_tried_by_latency_then_as_declared():
    """Those that the platform cannot run are left out."""
    (choice,) = choices(
        [
            Mode({"DSP": 1}, 5),
            Mode({"memory": 1}, 2),
            Mode({"DSP": 3}, 1),
            Mode({"DSP": 2}, 2),
            Mode({"GPU": 1}, 1),
        ]
    )
    assert [1, 3, 0] == [option.mode for option in choice.options]


def test_a_class_demands_the_same_in_the_same_order():
    """Durations do not matter, nor does the order in which a demand is written down."""
    both, swapped = {"DSP": 1, "memory": 1}, {"memory": 1, "DSP": 1}
    classes = [
        choice.demand_class
        for choice in choices(
            [Mode(both, 1)],
            [Mode(swapped, 9, 2)],
            [Mode({"DSP": 1}, 1), Mode({"memory": 1}, 2)],
            [Mode({"DSP": 1}, 2), Mode({"memory": 1}, 1)],
            [Mode({"DSP": 2}, 1)],
        )
    ]
    assert classes[0] == classes[1]
    assert 4 == len(set(classes))


@settings(max_examples=40)
@given(workloads())
def test_every_task_has_an_option_that_fits(workload):
    """Whatever a strategy calls runnable is runnable, and units add up."""
    jobs, platform = workload
    instance = Instance(Workload(jobs), platform)
    for graph, of_graph in zip(instance.workload.graphs, instance.choices, strict=True):
        for task, choice in enumerate(of_graph):
            assert {option.mode for option in choice.options} == set(range(len(graph.modes(task))))
            for option in choice.options:
                mode = graph.modes(task)[option.mode]
                assert (mode.latency, mode.occupancy) == instance.duration(task, option)
                types = list(platform.servers)
                assert mode.demand == {types[kind]: units for kind, units in option.demand}
            latencies = [option.latency for option in choice.options]
            assert latencies == sorted(latencies)
