"""The head-tail bounds of one server type, by their definition."""

from math import ceil, gcd

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stomp_flim.bounds import head_tail
from stomp_flim.bounds.head_tail import Work

entries = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 40), st.integers(1, 12))
"""Head, tail, work and unit."""


def by_definition(entries, servers):
    """Look at each set {head >= a, tail >= b} by itself."""
    any_time = whole_waves = 0
    for a in {head for head, *_ in entries}:
        for b in {tail for _, tail, *_ in entries}:
            chosen = [entry for entry in entries if entry[0] >= a and entry[1] >= b]
            if chosen:
                work, wave = sum(e[2] for e in chosen), gcd(*(e[3] for e in chosen))
                any_time = max(any_time, a + ceil(work / servers) + b)
                whole_waves = max(whole_waves, a + ceil(work / (servers * wave)) * wave + b)
    return any_time, whole_waves


@given(st.lists(entries, min_size=1, max_size=8), st.integers(1, 5))
def test_each_set_counts_with_the_divisor_of_its_own(entries, servers):
    """Of all sets {head >= a, tail >= b}, with the greatest common divisor of each."""
    columns = (np.array(column, np.int64) for column in zip(*entries, strict=True))
    assert by_definition(entries, servers) == head_tail.strong(Work(*columns), servers)


@given(st.lists(entries, min_size=1, max_size=8), st.integers(1, 5), st.integers(1, 30))
@example([(9, 0, 5, 1), (0, 1, 1, 1)], 1, 2)  # as many heads as tails: heads first
def test_coarser_heads_and_tails_are_lower_and_as_few_as_asked(entries, servers, most_sets):
    """The larger list is halved, to every second value, until there are few enough sets."""
    heads, tails = (sorted({entry[i] for entry in entries}) for i in (0, 1))
    while len(heads) * len(tails) > most_sets:
        if len(heads) >= len(tails):
            heads = heads[::2]
        else:
            tails = tails[::2]
    lowered = [
        (max(h for h in heads if h <= e[0]), max(t for t in tails if t <= e[1]), *e[2:])
        for e in entries
    ]
    columns = (np.array(column, np.int64) for column in zip(*entries, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head_tail, "MOST_SETS", most_sets)
        found = head_tail.strong(Work(*columns), servers)
    assert by_definition(lowered, servers) == found


def test_so_many_sets_are_looked_at():
    """Some tenths of a second: 2 to the power of 25."""
    assert 33_554_432 == head_tail.MOST_SETS
