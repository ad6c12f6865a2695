"""Keys of the compiled engine's queues, against Python's numbers and tuples."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.engines.compiled import ordered_keys, tables
from stomp_flim.engines.compiled.compilation import compiled

values = st.sampled_from([0.0, -0.0, 5e-324, -5e-324]) | st.floats(allow_nan=False)
words = st.sampled_from([0, 1, 2**63 - 1, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1)
pairs = st.tuples(words, words)


@compiled
def ordered_of(numbers, answers):
    """Write down the key of each number."""
    for index in range(len(numbers)):
        answers[index] = ordered_keys.ordered(numbers[index])


@compiled
def precedes(one, other):
    """Whether a pair comes before another."""
    return ordered_keys.precedes(one[0], one[1], other[0], other[1])


@given(values, values)
def test_keys_compare_as_the_numbers_do(one, other):
    """Also zeros of both signs, which are equal, and the infinities."""
    answers = np.zeros(2, np.uint64)
    ordered_of(np.array([one, other]), answers)
    key, other_key = answers.tolist()
    assert (one < other, one == other) == (key < other_key, key == other_key)


@given(st.lists(values))
def test_keys_made_beforehand_are_those_made_on_the_way(numbers):
    """Tables and the loop give a number the same key."""
    answers = np.zeros(len(numbers), np.uint64)
    column = np.array(numbers, np.float64)
    ordered_of(column, answers)
    assert tables.ordered(column).tolist() == answers.tolist()


@given(pairs, pairs | st.none(), words)
def test_pairs_compare_as_tuples_do(one, other, entry):
    """By key, and equal keys by entry: None stands for a pair of the same key."""
    other = other or (one[0], entry)
    assert (one < other) == precedes(np.array(one, np.uint64), np.array(other, np.uint64))
