"""TOML documents."""

import pytest

from stomp_flim.errors import InputError
from stomp_flim.interchange.text.toml_document import read_toml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2", ": not TOML: Cannot overwrite a value"),
        (
            "[t]\nb = 1\nb = [\n 2,\n 3]\nc = 4",
            ".*line 5.*: key 'b' is given twice, here as .. 2",
        ),
        ("a.b = 1\r\na.b = 2\r\n", ".*: key 'a.b' is given twice, here as '2', expected once"),
        ("[a]\nb = 1\n[a.b]\nc = 1", r": not TOML: .*line 3, column 5\)$"),
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
