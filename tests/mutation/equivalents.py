"""Mutants that nothing can tell from the module itself, with the reasons why."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "equivalent.txt"


def equivalents() -> dict[str, str]:
    """Return reasons by mutant, as `name` has it."""
    reasons: dict[str, str] = {}
    mutant = ""
    for line in FILE.read_text().splitlines():
        if line.startswith(" "):
            reasons[mutant] = f"{reasons[mutant]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            mutant = line
            reasons[mutant] = ""
    return reasons


def name(file: str, function: str, change: str) -> str:
    """Return how a mutant is called, whatever its line."""
    return f"{file}: {function}: {change}"
