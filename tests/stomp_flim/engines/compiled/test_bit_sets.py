"""Sets of small numbers in compiled code, against Python's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.engines.compiled import bit_sets
from stomp_flim.engines.compiled.compilation import compiled
from stomp_flim.engines.compiled.tables import NONE

MOST = 3 * 4096
INSERT, REMOVE, FIRST_FROM = range(3)

numbers = st.builds(
    int.__add__, st.sampled_from([0, 64, 4032, 4096, 8128, MOST - 64]), st.integers(0, 63)
)
"""In few words, so that searches have something to find, some at the border of a word of words."""
operations = st.lists(
    st.tuples(st.sampled_from([INSERT, REMOVE]), numbers, st.just(0))
    | st.tuples(st.just(FIRST_FROM), numbers, numbers | st.just(MOST)),
    min_size=1,
    max_size=60,
)


@compiled
def perform(members, wanted, answers):
    """Perform operations on a set, and write down what the searches find."""
    for index in range(len(wanted)):
        operation, number, end = wanted[index, 0], wanted[index, 1], wanted[index, 2]
        if operation == INSERT:
            bit_sets.insert(members, number)
        elif operation == REMOVE:
            bit_sets.remove(members, number)
        else:
            answers[index] = bit_sets.first_from(members, number, end)


@given(operations)
def test_they_are_sets(wanted):
    """Whatever is inserted and removed, a search finds the smallest number of its range."""
    members, model = bit_sets.empty(MOST), set()
    answers, expected = np.zeros(len(wanted), np.uint64), []
    for operation, number, end in wanted:
        if operation == INSERT:
            model.add(number)
        elif operation == REMOVE:
            model.discard(number)
        found = min((n for n in model if number <= n < end), default=int(NONE))
        expected.append(found if operation == FIRST_FROM else 0)
    perform(members, np.array(wanted, np.int64), answers)
    assert expected == answers.tolist()


@given(st.sets(numbers), st.sets(numbers))
def test_every_member_is_found(inserted, removed):
    """One search after another lists what is left, in ascending order."""
    members = bit_sets.empty(MOST)
    perform_all(members, INSERT, inserted)
    perform_all(members, REMOVE, removed)
    found, begin = [], 0
    while (number := first_from(members, begin)) != NONE:
        found.append(number)
        begin = number + 1
    assert sorted(inserted - removed) == found


def perform_all(members, operation, chosen):
    """Insert or remove numbers."""
    wanted = np.array([(operation, number, 0) for number in chosen], np.int64).reshape(-1, 3)
    perform(members, wanted, np.zeros(len(wanted), np.uint64))


def first_from(members, begin):
    """Return the smallest member from a number on, or NONE."""
    answers = np.zeros(1, np.uint64)
    perform(members, np.array([(FIRST_FROM, begin, MOST)], np.int64), answers)
    return int(answers[0])
