"""What is said of mutants is said of code that is there."""

from functools import cache
from pathlib import Path

import pytest

from tests.mutation.equivalents import equivalents, name
from tests.mutation.mutants import mutants
from tests.mutation.subjects import SUBJECTS

ROOT = Path(__file__).parents[2]


@cache
def names(file):
    """Return what the mutants of a module are called."""
    return [name(file, m.function, m.change) for m in mutants((ROOT / file).read_text())]


@pytest.mark.parametrize("mutant", equivalents())
def test_an_equivalent_mutant_is_one_of_its_module(mutant):
    """Exactly one, so that no other fault hides behind its name, and with a reason."""
    assert equivalents()[mutant]
    assert 1 == names(mutant.partition(":")[0]).count(mutant)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_and_their_tests_exist(subject):
    """Each stands where it is looked for."""
    file, _, functions = subject.partition(":")
    for function in functions.split(","):
        assert f"def {function.rpartition('.')[2]}" in (ROOT / file).read_text()
    for test in SUBJECTS[subject]:
        path, _, of = test.partition("::")
        assert (ROOT / path).exists()
        assert not of or f"def {of}(" in (ROOT / path).read_text()


def test_a_mutant_differs_from_its_module_in_one_place():
    """Comparisons, arithmetic, constants, conditions and results, each by itself."""
    source = "def half(cycles, unit=1):\n    if cycles > unit:\n        return cycles // 2\n"
    assert [
        "if cycles > unit:  =>  if cycles >= unit:",
        "if cycles > unit:  =>  if not cycles > unit:",
        "return cycles // 2  =>  return cycles",
        "return cycles // 2  =>  return cycles * 2",
        "return cycles // 2  =>  return cycles // 1",
        "return cycles // 2  =>  return cycles // 3",
    ] == sorted(mutant.change for mutant in mutants(source))
