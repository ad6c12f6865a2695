"""Changes to files, drawn from a random generator: what disks, editors and attackers do to them."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Sequence

NUMBERS = (
    b"0", b"-1", b"1", b"2", b"255", b"65536", b"2147483648", b"999999999999999", b"1e15",
    b"1" + b"0" * 18, b"1" + b"0" * 400, b"9" * 5000, b"1e308", b"1e400", b"-0.0", b"nan", b"inf",
    b"NaN", b"Infinity", b"1_000", b"0x10", b"1e3", b"0.5", "٣".encode(),
)  # fmt: skip
WORDS = (
    b"{", b"}", b"[", b"]", b"<", b">", b"(", b")", b'"', b"'", b"\\", b"\\u0000", b"\\ud800",
    b"\0", b"\x1a", b"\r", b"\n", b"\r\n", b",", b";", b":", b"=", b"->", b"--", b"#", b"//", b"/*",
    b"null", b"true", b"None", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", "é".encode(), b"&#0;", b"&x;",
    b"<!--", b"<![CDATA[", b"<graph/>", b"subgraph s {", b"[[", b'"""', b".", b" ", b"\t", b"%",
)  # fmt: skip

Mutator = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def _place(draw: random.Random, data: bytes) -> tuple[int, int]:
    begin = draw.randrange(len(data) + 1)
    return begin, min(len(data), begin + draw.choice((0, 1, 2, 4, 8, 64, 1000)))


def flip(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Turn over one bit."""
    if not data:
        return b"\x01"
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]


def overwrite(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Put extreme bytes in the place of some, as many as a binary number has."""
    at, width = draw.randrange(len(data) + 1), draw.choice((1, 2, 4, 8))
    value = draw.choice((b"\0", b"\xff", b"\x7f", b"\x80", b"\x01")) * width
    return data[:at] + draw.choice((value, value[:1] + b"\0" * (width - 1))) + data[at + width :]


def cut(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Lose the end."""
    return data[: draw.randrange(len(data) + 1)]


def lose(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Lose a part."""
    begin, end = _place(draw, data)
    return data[:begin] + data[end:]


def repeat(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Have a part several times, mostly twice."""
    begin, end = _place(draw, data)
    times = draw.choice((2, 2, 2, 3, 50, 2000)) if end - begin < 100 else 2
    return data[:begin] + data[begin:end] * times + data[end:]


def insert(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Have a word of some language somewhere, perhaps a thousand times."""
    at = draw.randrange(len(data) + 1)
    return data[:at] + draw.choice(WORDS) * draw.choice((1, 1, 1, 2, 30, 5000)) + data[at:]


def number(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Have another number in the place of one."""
    digits = [at for at, byte in enumerate(data) if 48 <= byte < 58]
    if not digits:
        return data + draw.choice(NUMBERS)
    begin = end = draw.choice(digits)
    while end < len(data) and 48 <= data[end] < 58:
        end += 1
    while begin > 0 and 48 <= data[begin - 1] < 58:
        begin -= 1
    return data[:begin] + draw.choice(NUMBERS) + data[end:]


def lines(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Lose, repeat or exchange lines."""
    parts = data.split(b"\n")
    one, other = draw.randrange(len(parts)), draw.randrange(len(parts))
    kind = draw.randrange(3)
    if kind == 0:
        del parts[one]
    elif kind == 1:
        parts.insert(other, parts[one])
    else:
        parts[one], parts[other] = parts[other], parts[one]
    return b"\n".join(parts)


def splice(draw: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Go on as another file does."""
    other = draw.choice(others)
    return data[: draw.randrange(len(data) + 1)] + other[draw.randrange(len(other) + 1) :]


def member(draw: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change the content of one file of an archive, whose checksums are right again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # no archive, or none any more
        members = {}
    if not members:
        return flip(draw, data, others)
    name = draw.choice(list(members))
    change = draw.choice((flip, overwrite, cut, lose, insert, number))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", draw.choice((0, 8))) as archive:
        for each, content in members.items():
            archive.writestr(each, change(draw, content, others) if each == name else content)
    return stream.getvalue()


MUTATORS: tuple[Mutator, ...] = (
    flip, overwrite, cut, lose, repeat, insert, number, number, lines, splice, member,
)  # fmt: skip


def mutant(name: str, seed: int, index: int, files: Sequence[bytes]) -> bytes:
    """Return a changed file, the same for the same arguments.

    Parameters
    ----------
    name : str
        Of the reader.
    seed, index : int
        Which mutant.
    files : sequence of bytes
        What it is made of.
    """
    draw = random.Random(f"{name} {seed} {index}")
    data = draw.choice(files)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        data = draw.choice(MUTATORS)(draw, data, files)
    return data
