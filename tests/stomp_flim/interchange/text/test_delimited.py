"""Comma-separated text: what is read, and what is refused with its place."""

import pytest

from stomp_flim.errors import InputError
from stomp_flim.interchange.text.delimited import read_lines, read_rows, read_text, write_rows


def test_rows_know_their_lines_and_blank_lines_are_left_out(tmp_path):
    """Line numbers count blank lines, and a file may end with or without a line end."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\r\n\r\n1,2\r\n \r\n3,4")
    header, rows = read_rows(path, "rows")
    assert ("a", "b") == header.fields
    assert [(3, ("1", "2")), (5, ("3", "4"))] == [(row.line, row.fields) for row in rows]


def test_what_is_written_is_read_back(tmp_path):
    """Commas, quotes and separators of other alphabets survive."""
    path = tmp_path / "rows.csv"
    write_rows(path, ["a,b", 'c"d'], [["x\u2028y", 1]])
    header, (row,) = read_rows(path, "rows")
    assert ("a,b", 'c"d') == header.fields
    assert ("x\u2028y", "1") == row.fields


@pytest.mark.parametrize("value", ["a\nb", "a\rb"])
def test_a_value_with_a_line_end_is_not_written(tmp_path, value):
    """One row is one line, so that a line number in a message means something."""
    with pytest.raises(InputError, match="expected no line end in it"):
        write_rows(tmp_path / "rows.csv", ["a"], [[value]])
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e3", "nan", "", "None", "1_0", "\uff11"])
def test_what_is_no_integer_in_range_is_refused(tmp_path, text):
    """The message names the file, the line, the column, the value and what was expected."""
    path = tmp_path / "rows.csv"
    path.write_text(f"name,cycles\nx,{text}\n", encoding="utf-8")
    _, (row,) = read_rows(path, "rows")
    with pytest.raises(InputError) as caught:
        row.integer(1, "cycles", 1)
    expected = f"{path}, line 2: cycles is {text!r}, expected an integer >= 1"
    assert expected == str(caught.value)


def test_an_integer_beyond_the_engines_range_is_refused(tmp_path):
    """Times are 64-bit integers, so a value of thousands of digits must not get through."""
    path = tmp_path / "rows.csv"
    path.write_text(f"cycles\n{'9' * 5000}\n")
    _, (row,) = read_rows(path, "rows")
    with pytest.raises(InputError, match="at most 15 digits"):
        row.integer(0, "cycles", 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "empty, expected some rows"),
        (b" \n\n", "empty, expected some rows"),
        (b"a\xff\n", "not UTF-8 text: invalid start byte, byte 1"),
        (b"a\nb\0\n", "line 2: a NUL, expected text"),
        (b'a\n"b\n', "line 2: not comma-separated text: unexpected end of data"),
        (b'a\n"b\nc"\n', "line 3: not comma-separated text: a value that goes on in the next"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, content, message):
    """The message names the file."""
    path = tmp_path / "rows.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_rows(path, "some rows")
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_a_folder_is_not_a_file(tmp_path):
    """A folder in place of a file is an error of its own, not a traceback."""
    with pytest.raises(InputError, match="Is a directory"):
        read_text(tmp_path)


@pytest.mark.parametrize("end", [b"\x1a", b"\r\n\x1a", b"\x1a\r\n", b"\x1a\x1a\n"])
def test_the_end_of_file_mark_of_dos_is_no_text(tmp_path, end):
    """Old data sets end with one."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n1,2" + end)
    assert "a,b\n1,2" == read_text(path).strip()
    assert ["a,b", "1,2"] == [line for line in read_lines(path) if line]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_of_any_system(tmp_path, line_end):
    """Remarks may be in the code page of DOS."""
    path = tmp_path / "lines.txt"
    path.write_bytes(line_end.join(["1 2", "# größer", "3"]).encode("cp437"))
    first, _, last = read_lines(path)
    assert ("1 2", "3") == (first, last)
