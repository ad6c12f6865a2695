"""JSON documents whose errors name the line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from stomp_flim.errors import InputError
from stomp_flim.interchange.text.json_document import line_of, read_document

MARK = "the value that is looked for"

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def marked(value, draw):
    """Return the value with the mark somewhere in it, and the steps that lead to the mark."""
    if isinstance(value, (list, dict)) and value:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = draw(st.sampled_from(keys))
        content = value.copy()
        content[key], steps = marked(value[key], draw)
        return content, (key, *steps)
    return MARK, ()


@given(st.data(), st.booleans())
def test_the_line_is_that_of_the_value(data, ascii_only):
    """Found through any objects and arrays, whatever the keys."""
    value, steps = marked(data.draw(values), data.draw)
    text = "\n " + json.dumps(value, indent=1, ensure_ascii=ascii_only).replace("\n", "\r\n")
    expected = next(n for n, line in enumerate(text.split("\n"), start=1) if MARK in line)
    assert expected == line_of(text, steps)


@pytest.mark.parametrize("steps", [("a", "x"), ("a", 7), ("a", 1, "x")])
def test_of_what_is_missing_the_line_is_that_of_what_lacks_it(steps):
    """The object or array on the way that is there."""
    text = '{\n"b": 1,\n"a":\n[\n5,\n6]}'
    assert {2: 4, 3: 6}[len(steps)] == line_of(text, steps)


class Point(BaseModel):
    """A document."""

    model_config = ConfigDict(strict=True)
    x: int
    name: dict[str, str] = {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"x": 1,\n"x" 2}', r"line 2, column 5: not JSON: Expecting ':' delimiter"),
        ("", r"line 1, column 1: not JSON: Expecting value"),
        ("[" * 10**5, r"nested too deeply"),
        ('{"x": ' + "9" * 5000 + "}", r"a number of thousands of digits, expected fewer"),
        ('{"x": 1, "x": 1}', r"key 'x' stands twice in one object, expected once"),
        ('{"name":\n"\\ud800"}', r"line 2: the escape \\ud800, expected one of a character"),
        ('{"name":\n"\\ude00\\ud83d"}', r"line 2: the escape \\ude00, expected one of a"),
        ('{"name": "\\u0000"}', r"line 1: the escape \\u0000, expected one of a character"),
        ("\n[1]", r"line 2: the document is \[1\], expected an object"),
        ('{\n"x":\n"one"}', r"line 3: x is 'one', expected a valid integer"),
        ("\n{}", r"line 2: x: missing"),
        ('{"x": 1,\n"name": 2}', r"line 2: name is 2, expected an object"),
    ],
)
def test_a_wrong_document_is_refused_with_its_line(tmp_path, text, message):
    """One message with the file, the line, the key, the value and what was expected."""
    path = tmp_path / "d.json"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"d\.json[,:] {message}"):
        read_document(path, Point)
