"""The page for those who measure explains every flag that a report may count."""

from __future__ import annotations

import re

from pages import REPOSITORY

from workloads.flim.lifetimes.quality.flags import REASONS

PAGE = (REPOSITORY / "docs/howto/measured_image.md").read_text(encoding="utf-8")


def test_every_flag_has_its_row() -> None:
    """In the words of reports and in their order."""
    section = PAGE.split("\n## Flags\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?!flag |-)([^|]+?) \|", section, flags=re.MULTILINE)
    assert list(REASONS.values()) == rows
