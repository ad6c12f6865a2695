"""Error messages help to find the right name."""

import pytest

from stomp_flim.errors import InputError, dotted, near_names, shown


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("hlfte", ["fifo", "hlfet"], "did you mean 'hlfet'?"),
        ("manual-lane", ["manual", "manual-lanes"], "did you mean 'manual-lanes' or 'manual'?"),
        ("HLFET", ["fifo", "hlfet"], "did you mean 'hlfet'?"),
        ("fofi", ["fifo", "hlfet"], "did you mean 'fifo'?"),
        ("cpm", ["cpop", "hlfet"], "known are 'cpop', 'hlfet'"),
        ("xyz", ["fifo", "hlfet"], "known are 'fifo', 'hlfet'"),
        ("xyz", [], "known are none"),
    ],
)
def test_near_names(name, known, expected):
    """The nearest first, or else everything that exists."""
    assert expected == near_names(name, known)


def test_input_errors_are_value_errors():
    """Callers who know nothing of this library catch them too."""
    assert issubclass(InputError, ValueError)


@pytest.mark.parametrize(
    ("value", "text"), [("a\n", r"'a\n'"), ("9" * 5000, "'" + "9" * 29 + "...")]
)
def test_a_shown_value_is_one_short_line(value, text):
    """A file of one line would be a message of one line, and of any length."""
    assert shown(value).startswith(text)
    assert len(shown(value)) < 70


@pytest.mark.parametrize(
    ("steps", "text"), [(("a", 0, "b"), "a.0.b"), (("a\n",), r"'a\n'"), (("é x",), "é x"), ((), "")]
)
def test_a_place_in_a_document_is_one_line(steps, text):
    """Keys of a damaged file may be anything."""
    assert text == dotted(steps)
    assert len(dotted(["x" * 5000])) < 70
