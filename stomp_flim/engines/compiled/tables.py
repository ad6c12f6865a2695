"""An instance under a ranker as arrays, for the compiled engine.

The tasks of the distinct graphs are laid out one graph after another; a task's place in that layout
is its NODE. A record number is a node plus the BASE of its job. What is read together lies
together: an array has a row for each node, option, line or job. Numbers of rows are unsigned, which
spares compiled code the check for indices that count from the end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError
from stomp_flim.instance import Choice, Instance
from stomp_flim.model.graph import TaskGraph
from stomp_flim.policy import AffinePriority, Policy, priorities

Array = NDArray[Any]
Rows = Any
"""A structured array; in compiled code the fields of a row are its attributes."""
MOST_TASKS = 2**31 - 1
"""Entry sequences and record numbers have 32 bits."""
LATEST = 2**62
"""No arrival may be later: times have 63 bits."""
NONE: Any = np.uint32(2**32 - 1)
SIGN: Any = np.uint64(2**63)

NODE = np.dtype(
    [
        ("successor_begin", "u4"),
        ("successor_end", "u4"),
        ("option_begin", "u4"),
        ("line", "u4"),
    ]
)
SOURCE = np.dtype([("node", "u4"), ("rank", "u4")])  # among the sources of its graph
OPTION = np.dtype(
    [
        ("latency", "i8"),
        ("occupancy", "i8"),
        ("server_type", "u4"),  # of its first demand, nearly always the only one
        ("units", "i4"),
        ("more_begin", "u4"),  # its other demands
        ("more_end", "u4"),
        ("mode", "u4"),
        ("padding", "u4"),
    ]
)
DEMAND = np.dtype([("server_type", "u4"), ("units", "i4")])
KEY = np.dtype([("rank", "f8"), ("slope", "f8")])
CLASS = np.dtype(
    [
        ("key", "u8"),  # of the head, where a round looks at it
        ("length", "i8"),
        ("longest", "i8"),
        ("sequence", "u4"),  # of the head
        ("line", "u4"),  # of the head
        ("line_begin", "u4"),
        ("line_end", "u4"),
        ("other", "u4"),  # the first sequence of the other lines with the head's key, or NONE
        ("option_begin", "u4"),  # of some node: all of the class demand the same
        ("option_end", "u4"),
        ("heap_size", "u4"),
        ("server_type", "u4"),  # of the only demand of the only option, or NONE
        ("units", "i4"),
    ]
)
LINE = np.dtype(
    [
        ("key", "u8"),  # see `ordered`
        ("sequence", "u4"),  # of the first
        ("first", "u4"),
        ("last", "u4"),
        ("group_begin", "u4"),
        ("group_end", "u4"),
        ("demand_class", "u4"),
        ("cursor", "u4"),  # where its tasks are sources, else NONE
        ("padding", "u4"),
    ]
)
CURSOR = np.dtype(
    [
        ("graph", "u4"),
        ("source_begin", "u4"),
        ("source_end", "u4"),
        ("next_source", "u4"),
        ("next_job", "u4"),
        ("job", "u4"),  # the next one's number, base and sequence, once it has entered
        ("base", "u4"),
        ("sequence", "u4"),
    ]
)
GRAPH = np.dtype(
    [
        ("line_begin", "u4"),
        ("line_end", "u4"),
        ("job_begin", "u4"),
        ("arrived", "u4"),
        ("sources", "u4"),
        ("in_order", "u4"),
        ("node_begin", "u4"),
        ("node_end", "u4"),
    ]
)
JOB = np.dtype(
    [
        ("arrival", "i8"),
        ("finish", "i8"),
        ("offset", "f8"),
        ("base", "u4"),
        ("graph", "u4"),
        ("sequence", "u4"),
        ("sinks", "u4"),  # that have not finished
    ]
)


class Tables(NamedTuple):
    """What a run simulates; most of it is only read.

    Attributes
    ----------
    nodes : NODE[nodes]
        Tasks of the distinct graphs.
    successors : uint32[edges]
        Nodes, ascending for each node.
    options : OPTION[options]
        Modes that fit the platform, in the order in which they are tried.
    demands : DEMAND[demands]
        Of the options, beside the first of each.
    keys : KEY[nodes]
        The key of a task is ``slope * offset[job] - rank``, smallest first.
    classes : CLASS[classes]
        Demand classes, with the head of the tasks that wait in each.
    lines : LINE[lines]
        Tasks of one class and key, in the order in which they become ready; the sources of each
        graph are lines of their own. Lines are sorted by class and key; those that share both are
        a group. Where keys differ from job to job, or memory tells tasks to wait, only sources
        are in lines, those of one class and key, or each one where jobs are out of order or memory
        is limited; all else waits in heaps.
    cursors : CURSOR[lines of sources]
        How far each line of sources has been read; its entries are not stored.
    sources : SOURCE[sources]
        Of the lines of sources.
    graphs : GRAPH[graphs]
        With the number of jobs that have entered.
    graph_lines : uint32[lines of sources]
        Lines of the sources of each graph, in node order of their first.
    graph_jobs : uint32[jobs]
        Jobs of each graph, by arrival.
    jobs : JOB[jobs]
        With the entry sequence of their first source, their finish, and the sinks left.
    arrivals : uint32[jobs]
        Jobs by (arrival, job).
    servers : int64[server types]
        Number of servers.
    by_line : bool
        Whether keys are the same for all jobs, and memory tells no task to wait, so that ready
        tasks wait in lines and not in heaps.
    """

    nodes: Rows
    successors: Array
    options: Rows
    demands: Rows
    keys: Rows
    classes: Rows
    lines: Rows
    cursors: Rows
    sources: Rows
    graphs: Rows
    graph_lines: Array
    graph_jobs: Array
    jobs: Rows
    arrivals: Array
    servers: Array
    by_line: bool


def build(instance: Instance, policy: Policy) -> Tables:
    """Lay out an instance and the priorities of a ranker.

    Raises
    ------
    InputError
        If there are more than 2^31 - 1 tasks or a job arrives later than cycle 2^62.
    PolicyError
        If the ranker does not give one finite number a task.
    """
    workload, platform = instance.workload, instance.platform
    if workload.tasks > MOST_TASKS:
        raise InputError(
            f"the workload has {workload.tasks:,} tasks, expected at most {MOST_TASKS:,} in one "
            "run; simulate fewer jobs"
        )
    if workload.arrival.max() > LATEST:
        job = int(workload.arrival.argmax())
        raise InputError(
            f"job {job} arrives at {workload.arrival[job]}, expected at most cycle {LATEST}"
        )
    graphs, graph_number = workload.graphs, workload.graph_number
    arrivals = np.lexsort((np.arange(len(workload)), workload.arrival)).astype(np.uint32)
    graph_jobs = arrivals[np.argsort(graph_number[arrivals], kind="stable")]
    job_begin = _begins(np.bincount(graph_number))
    node_begin = _begins([len(graph) for graph in graphs])

    jobs = np.zeros(len(workload), JOB)
    jobs["arrival"] = workload.arrival
    jobs["base"] = workload.first_task[:-1] - node_begin[graph_number]
    jobs["graph"] = graph_number
    sinks = [np.count_nonzero(np.diff(graph.successor_offset) == 0) for graph in graphs]
    jobs["sinks"] = np.array(sinks)[graph_number]
    ranks = []
    for graph, begin, end in zip(instance.seen.graphs, job_begin, job_begin[1:], strict=False):
        members = np.sort(graph_jobs[begin:end])
        rank = priorities(policy, graph, platform, [instance.seen.jobs[job] for job in members])
        jobs["offset"][members] = rank.offset
        ranks.append(rank)

    nodes, options, demands, classes, demand_class = _nodes(instance, graphs)
    keys = np.zeros(len(nodes), KEY)
    keys["rank"] = np.concatenate([rank.rank for rank in ranks])
    keys["slope"] = np.concatenate([rank.slope for rank in ranks])
    # Tasks that are put back because memory told them to wait can only be put into heaps.
    by_line = not keys["slope"].any() and instance.memories is None
    rows = np.zeros(len(graphs), GRAPH)
    rows["job_begin"] = job_begin[:-1]
    rows["node_begin"], rows["node_end"] = node_begin[:-1], node_begin[1:]
    rows["sources"] = [np.count_nonzero(graph.in_degree == 0) for graph in graphs]
    rows["in_order"] = [
        _in_order(rank, jobs["offset"][graph_jobs[begin:end]])
        for rank, begin, end in zip(ranks, job_begin, job_begin[1:], strict=False)
    ]
    joined = (
        rows["in_order"].astype(bool) if instance.memories is None else np.zeros(len(rows), bool)
    )
    lines, cursors, sources = _lines(graphs, demand_class, nodes, keys, by_line, joined)
    order = np.lexsort((sources["node"][cursors["source_begin"]], cursors["graph"]))
    graph_lines = np.flatnonzero(lines["cursor"] != NONE)[order].astype(np.uint32)
    line_begin = _begins(np.bincount(cursors["graph"], minlength=len(graphs)))
    rows["line_begin"], rows["line_end"] = line_begin[:-1], line_begin[1:]
    line_begin = _begins(np.bincount(lines["demand_class"], minlength=len(classes)))
    classes["line_begin"], classes["line_end"] = line_begin[:-1], line_begin[1:]
    edges = [graph.successor + begin for graph, begin in zip(graphs, node_begin, strict=False)]
    return Tables(
        nodes=nodes,
        successors=np.concatenate(edges).astype(np.uint32),
        options=options,
        demands=demands,
        keys=keys,
        classes=classes,
        lines=lines,
        cursors=cursors,
        sources=sources,
        graphs=rows,
        graph_lines=graph_lines,
        graph_jobs=graph_jobs,
        jobs=jobs,
        arrivals=arrivals,
        servers=np.array(list(platform.servers.values()), np.int64),
        by_line=by_line,
    )


def counter_type(graphs: tuple[TaskGraph, ...]) -> type[np.unsignedinteger[Any]]:
    """Return a type that holds every in-degree, one byte if that does: a counter never wraps."""
    most = max(int(graph.in_degree.max()) for graph in graphs)
    return np.uint8 if most <= np.iinfo(np.uint8).max else np.uint32


def ordered(values: Array) -> Array:
    """Return unsigned numbers that compare as float64 values do; -0.0 and 0.0 are equal."""
    words = (values + 0.0).view(np.uint64)
    return np.where(words & SIGN, ~words, words | SIGN)


def _in_order(rank: AffinePriority, offset: Array) -> bool:
    """Whether the keys of a graph's tasks never fall from job to job in order of arrival."""
    return bool((np.diff(offset) >= 0).all() and (rank.slope >= 0).all())


def _nodes(
    instance: Instance, graphs: tuple[TaskGraph, ...]
) -> tuple[Array, Array, Array, Array, Array]:
    """Nodes and classes without their lines, options, demands, and the class of each node."""
    choices, choice = _number([c for of_graph in instance.choices for c in of_graph])
    options_of = [option for c in choices for option in c.options]
    more = [pair for option in options_of for pair in option.demand[1:]]
    option_begin = _begins([len(c.options) for c in choices])
    more_begin = _begins([len(option.demand) - 1 for option in options_of])

    nodes = np.zeros(len(choice), NODE)
    successor_begin = _begins(np.concatenate([np.diff(g.successor_offset) for g in graphs]))
    nodes["successor_begin"], nodes["successor_end"] = successor_begin[:-1], successor_begin[1:]
    nodes["option_begin"] = option_begin[choice]

    options = np.zeros(len(options_of), OPTION)
    for name in ("latency", "occupancy", "mode"):
        options[name] = [getattr(option, name) for option in options_of]
    options["server_type"] = [option.demand[0][0] for option in options_of]
    options["units"] = [option.demand[0][1] for option in options_of]
    options["more_begin"], options["more_end"] = more_begin[:-1], more_begin[1:]
    demands = np.array(more, DEMAND)

    classes = np.zeros(instance.demand_classes, CLASS)
    classes["server_type"] = NONE
    for number, c in enumerate(choices):
        row = classes[c.demand_class]
        row["option_begin"], row["option_end"] = option_begin[number], option_begin[number + 1]
        if len(c.options) == len(c.options[0].demand) == 1:
            row["server_type"], row["units"] = c.options[0].demand[0]
    return nodes, options, demands, classes, np.array([c.demand_class for c in choices])[choice]


def _lines(
    graphs: tuple[TaskGraph, ...],
    demand_class: Array,
    nodes: Array,
    keys: Array,
    by_line: bool,
    joined: Array,
) -> tuple[Array, Array, Array]:
    """Lines, their cursors and sources; the lines of nodes are filled in.

    Where keys differ from job to job, `joined` says of which graphs sources of one key share a
    line.
    """
    owner = np.repeat(np.arange(len(graphs)), [len(graph) for graph in graphs])
    is_source = np.concatenate([graph.in_degree == 0 for graph in graphs])
    alone = is_source & (not by_line) & ~joined[owner]
    with_key = by_line | is_source & ~alone
    columns = np.column_stack(
        [
            demand_class,
            np.where(with_key, -keys["rank"], 0.0),
            np.where(with_key, keys["slope"], 0.0),
            np.where(is_source, owner, NONE),
            np.where(alone, np.arange(len(nodes)), -1),
        ]
    )
    table, line = _distinct(columns)
    nodes["line"] = line
    _, group = _distinct(table[:, :2])
    lines = np.zeros(len(table), LINE)
    lines["key"] = ordered(table[:, 1])
    lines["first"] = lines["last"] = NONE
    group_begin = _begins(np.bincount(group))
    lines["group_begin"], lines["group_end"] = group_begin[group], group_begin[group + 1]
    lines["demand_class"] = table[:, 0]
    of_sources = table[:, 3] != NONE
    lines["cursor"] = np.where(of_sources, np.cumsum(of_sources) - 1, NONE)

    rank = np.concatenate([np.cumsum(graph.in_degree == 0) - 1 for graph in graphs])
    source = np.flatnonzero(is_source)
    source = source[np.argsort(line[source], kind="stable")]
    sources = np.zeros(len(source), SOURCE)
    sources["node"], sources["rank"] = source, rank[source]
    begin = _begins(np.bincount(line[source], minlength=len(table))[of_sources])
    cursors = np.zeros(len(begin) - 1, CURSOR)
    cursors["graph"] = table[of_sources, 3]
    cursors["source_begin"] = cursors["next_source"] = begin[:-1]
    cursors["source_end"] = begin[1:]
    return lines, cursors, sources


def _distinct(rows: Array) -> tuple[Array, Array]:
    """Return the distinct rows of a table, ascending, and the number of each row's."""
    order = np.lexsort(rows.T[::-1])
    ascending = rows[order]
    begins = np.append(True, (ascending[1:] != ascending[:-1]).any(axis=1))
    number = np.empty(len(rows), np.int64)
    number[order] = np.cumsum(begins) - 1
    return ascending[begins], number


def _number(choices: list[Choice]) -> tuple[list[Choice], Array]:
    """Distinct choices, and the number of each task's."""
    table: dict[Choice, int] = {}
    number = np.array([table.setdefault(c, len(table)) for c in choices], np.int64)
    return list(table), number


def _begins(counts: Any) -> Array:
    """Where each of consecutive runs begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
