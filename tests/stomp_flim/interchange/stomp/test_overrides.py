"""Overrides of a JSON document."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from stomp_flim.interchange.stomp.overrides import override

keys = st.text("abc #", min_size=1, max_size=3)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
values = st.one_of(st.none(), st.booleans(), st.integers(), texts)  # no text holds a NUL
documents = st.dictionaries(
    keys, st.recursive(values, lambda inner: st.dictionaries(keys, inner, max_size=3)), min_size=1
)


def leaves(document, path=()):
    """Yield the path and value of everything in a document that is not an object with keys."""
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


@given(documents, st.data(), values)
def test_an_override_changes_its_key_and_nothing_else(document, data, value):
    """Every leaf can be addressed, keys with spaces too, and all others keep their values."""
    before = dict(leaves(document))
    path = data.draw(st.sampled_from(list(before)))
    override(document, [f"{'.'.join(path)}={json.dumps(value)}"], "document")
    assert {**before, path: value} == dict(leaves(document))


def test_a_star_stands_for_every_key_of_its_level():
    """Entries that lack the rest of the path are passed over."""
    document = {
        "tasks": {"fft": {"time": {"cpu": 1, "gpu": 2}}, "add": {"time": {"cpu": 3}}, "x": 1}
    }
    override(document, ["tasks.*.time.gpu=7", "tasks.add.time.*=0"], "document")
    expected = {"fft": {"time": {"cpu": 1, "gpu": 7}}, "add": {"time": {"cpu": 0}}, "x": 1}
    assert expected == document["tasks"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", 64),
        ("0.5", 0.5),
        ("true", True),
        ('"64"', "64"),
        ('{"count": 2}', {"count": 2}),
        ("edf", "edf"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_value_is_json_or_else_a_string(text, value):
    """What does not parse as JSON is taken as written."""
    document = {"key": None}
    override(document, [f"key={text}"], "document")
    assert {"key": value} == document


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("servers.DSP.count", "expected key=value"),
        ("servers.DPS.count=1", "c.json has no key 'servers.DPS'; did you mean 'DSP'?"),
        ("server.DSP.count=1", "c.json has no key 'server'; did you mean 'servers'?"),
        ("servers.*.cuont=1", "c.json has no key 'servers.*.cuont'; did you mean 'count'?"),
        ("servers.DSP.count.x=1", "c.json has no key 'servers.DSP.count.x'; known are none"),
        ("=1", "c.json has no key ''; known are 'servers'"),
    ],
)
def test_an_unknown_key_is_refused_with_near_names(assignment, message):
    """Nothing is added to a document, and nothing changes when an override is refused."""
    document = {"servers": {"DSP": {"count": 128}, "Shared mem": {"count": 128}}}
    before = copy.deepcopy(document)
    with pytest.raises(InputError) as caught:
        override(document, [assignment], "c.json")
    assert f"override {assignment!r}: {message}" == str(caught.value)
    assert before == document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 10**5, "nested too deeply"),
        ("9" * 5000, "a number of thousands of digits"),
        ('{"a": 1, "a": 2}', "key 'a' stands twice in one object"),
        (r'"\ud800"', "the escape .* expected one of a character"),
    ],
)
def test_json_that_is_not_taken_from_a_file_is_not_taken_here(text, message):
    """With the beginning of the assignment."""
    document = {"key": None}
    with pytest.raises(InputError, match=rf"^override 'key=.*{message}"):
        override(document, [f"key={text}"], "document")
    assert {"key": None} == document
