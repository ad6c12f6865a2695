"""HTML pages that need nothing beside them: one look, and pictures inside."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_MEDIA = {"svg": "svg+xml", "png": "png"}


@dataclass(frozen=True)
class Picture:
    """An image of a page: a data URI, and what it shows for those who cannot see it."""

    uri: str
    alternative: str

    @classmethod
    def of(cls, content: bytes, kind: str, alternative: str) -> Self:
        """Return a picture from the bytes of an SVG or a PNG."""
        encoded = base64.b64encode(content).decode()
        return cls(f"data:image/{_MEDIA[kind]};base64,{encoded}", alternative)


def page(template: Path, **values: Any) -> str:
    """Return a page.

    Parameters
    ----------
    template : Path
        Jinja template, which extends ``page.html`` of this package's templates.
    **values
        What it fills in; one that is missing is an error.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([template.parent, Path(__file__).with_name("templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(values)
