"""Server numbers that are found after a run, against a set of free servers and a sorted list."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.engines.compiled.record import EXECUTION
from stomp_flim.engines.compiled.server_numbers import number_servers
from stomp_flim.engines.compiled.tables import DEMAND, OPTION


@st.composite
def runs(draw):
    """Servers of each type, demands of options, and executions that never take too much.

    An execution is its option, its release, and how many were released before it; those are the
    first ones by release, equal ones in dispatch order. Releases lie close, so that many are equal
    and a start comes between them.
    """
    servers = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    types = st.sets(st.integers(0, len(servers) - 1), min_size=1)
    options = [
        {number: draw(st.integers(1, servers[number])) for number in sorted(draw(types))}
        for _ in range(draw(st.integers(1, 4)))
    ]
    executions, holding, free, now = [], [], list(servers), 0
    releases = 0
    for _ in range(draw(st.integers(1, 25))):
        option = draw(st.integers(0, len(options) - 1))
        more = draw(st.integers(0, len(holding)))
        while more > 0 or any(free[number] < units for number, units in options[option].items()):
            holding.sort()
            now, done = holding.pop(0)
            for number, units in options[executions[done][0]].items():
                free[number] += units
            releases, more = releases + 1, more - 1
        for number, units in options[option].items():
            free[number] -= units
        released = now + draw(st.integers(1, 4))
        holding.append((released, len(executions)))
        executions.append((option, released, releases))
    return servers, options, executions


def as_tables(servers, options):
    """Return the columns that hold servers and options, as the compiled engine's tables do."""
    rows, demands = np.zeros(len(options), OPTION), []
    for row, option in zip(rows, options, strict=True):
        (row["server_type"], row["units"]), *more = option.items()
        row["more_begin"], row["more_end"] = len(demands), len(demands) + len(more)
        demands += more
    return SimpleNamespace(
        servers=np.array(servers, np.int64), options=rows, demands=np.array(demands, DEMAND)
    )


def numbered(servers, options, executions):
    """Return the servers of each execution: the lowest-numbered ones that are free."""
    first = [sum(servers[:number]) for number in range(len(servers))]
    free, holding, held, released = set(range(sum(servers))), [], [], 0
    for index, (option, release, releases) in enumerate(executions):
        while released < releases:
            holding.sort()
            free |= set(held[holding.pop(0)[1]])
            released += 1
        taken = []
        for number, units in options[option].items():
            of_type = range(first[number], first[number] + servers[number])
            taken += sorted(free & set(of_type))[:units]
        free -= set(taken)
        holding.append((release, index))
        held.append(taken)
    return held


@given(runs())
def test_each_execution_takes_the_lowest_free_servers(run):
    """Ascending for each, of every type that it demands, from those released before it."""
    servers, options, executions = run
    rows = np.zeros(len(executions), EXECUTION)
    for row, execution in zip(rows, executions, strict=True):
        row["option"], row["released"], row["releases"] = execution
    offset, server = number_servers(as_tables(servers, options), rows)
    actual = np.split(server, offset[1:-1])
    assert numbered(servers, options, executions) == [held.tolist() for held in actual]
