"""Lists as options take them."""

import pytest

from experiments.shared.options import numbers, require_distinct, require_positive
from stomp_flim import InputError


def test_numbers_stand_between_commas():
    """As many as there are, whole or not as asked for."""
    assert (1, 8, 64) == numbers("--pixels", "1,8,64", int)
    assert (0.5, 25.0) == numbers("--camera", "0.5, 25", float)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("1,x", int, "--n: 'x', expected whole numbers with commas, such as 1,8,64"),
        ("", int, "--n: '', expected whole numbers with commas"),
        ("1,2.5", int, "--n: '2.5', expected whole numbers with commas"),
        ("1;2", float, "--n: '1;2', expected numbers with commas, such as 0.5,1,25"),
    ],
)
def test_anything_else_is_named(text, kind, message):
    """The option, the item and what was expected."""
    with pytest.raises(InputError) as error:
        numbers("--n", text, kind)
    assert str(error.value).startswith(message)


def test_values_of_a_list_are_distinct():
    """A value given twice, or none at all, is refused; others are not."""
    require_distinct("stage", ("encoder", "decoder"))
    with pytest.raises(InputError, match="stage 'encoder' is given twice, expected each once"):
        require_distinct("stage", ("encoder", "decoder", "encoder"))
    with pytest.raises(InputError, match="no stage given, expected at least one"):
        require_distinct("stage", ())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, 0), "--n: 0, expected an integer >= 1"),
        ((-3,), "--n: -3, expected an integer >= 1"),
        ((0.0,), "--n: 0.0, expected a finite number > 0"),
        ((float("nan"),), "--n: nan, expected a finite number > 0"),
        ((float("inf"),), "--n: inf, expected a finite number > 0"),
    ],
)
def test_numbers_are_positive(values, expected):
    """The first that is not is named, with its option."""
    require_positive("--n", 1, 10**7, 1e-300)
    with pytest.raises(InputError) as error:
        require_positive("--n", *values)
    assert expected == str(error.value)
