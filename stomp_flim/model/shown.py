"""How objects show themselves: a few lines at a prompt, a small table in a notebook."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST = 100
"""Characters of a fact; what is longer is cut."""
MOST_NAMED = 6
"""Things of a list that are named."""
_DPI = 80


class Shown:
    """Base of what is told by a few facts, however large it is.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> sf.Platform({"DSP": 128, "memory": 64}, clock_ns=4.5, name="mine")
    <Platform mine: servers 128 DSP, 64 memory; clock 4.5 ns>
    """

    def facts(self) -> Mapping[str, object]:
        """Return what is worth a glance, by what it is; cheap to find out."""
        raise NotImplementedError

    def more_facts(self) -> Mapping[str, object]:
        """Return what a notebook shows too, and may take a while."""
        return {}

    def figure(self) -> Figure | None:
        """Return a small figure for a notebook, or None where there is nothing to draw."""
        return None

    def __repr__(self) -> str:
        told = {what: as_line(fact) for what, fact in self.facts().items()}
        name = told.pop("name", "")
        rest = "; ".join(f"{what} {fact}" for what, fact in told.items())
        return f"<{type(self).__name__}{' ' * bool(name)}{name}: {rest}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows, with the figure under it."""
        told = {**self.facts(), **self.more_facts()}
        name = escape(as_line(told.pop("name", "")))
        rows = "".join(
            f"<tr><th>{escape(what)}</th><td>{escape(as_line(fact))}</td></tr>"
            for what, fact in told.items()
        )
        title = f"<caption>{type(self).__name__} {name}</caption>"
        figure = self.figure()
        image = "" if figure is None else _image(figure, f"Figure of the {type(self).__name__}")
        return f"<div><table>{title}<tbody>{rows}</tbody></table>{image}</div>"


def listed(things: Iterable[object], count: int) -> str:
    """Return the first few of some things, and how many others there are."""
    named = ", ".join(map(str, islice(things, MOST_NAMED)))
    return as_line(named + (f" and {count - MOST_NAMED:,} more" if count > MOST_NAMED else ""))


def counted(number: int, noun: str) -> str:
    """Return a number of things, of which the noun is for one: ``"2 jobs"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def as_line(fact: object) -> str:
    """Return a fact as a short line, without what would disturb a terminal or a page."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(fact))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _image(figure: Figure, alternative: str) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    content = b64encode(buffer.getvalue()).decode()
    return f'<img alt="{escape(alternative)}" src="data:image/png;base64,{content}"/>'
