"""TOML documents."""

import pytest

from stomp_flim.errors import InputError
from stomp_flim.interchange.text.toml_document import read_toml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2", ": not TOML: Cannot overwrite a value"),
        ("a = " + "[" * 10**5, ": cannot be read: nested too deeply"),
        ("a = " + "9" * 5000, ": not TOML: "),
        ("x = 1\n" + ".".join("a" * 10**5) + " = 1", ", line 2: a key of 200 parts"),
        ("[" + "'a b'.".replace(" ", "") * 500 + "b]", ", line 1: a key of 200 parts"),
    ],
)
def test_a_wrong_document_is_refused(tmp_path, text, message):
    """At once, and with the file."""
    path = tmp_path / "d.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"d\.toml{message}"):
        read_toml(path)


def test_a_row_of_fractions_is_no_deep_key(tmp_path):
    """Nor is a long text."""
    path = tmp_path / "d.toml"
    path.write_text(f"losses = {[0.5] * 1000}\ntext = '{'A sentence. ' * 500}'\n")
    assert [0.5] * 1000 == read_toml(path)["losses"]
