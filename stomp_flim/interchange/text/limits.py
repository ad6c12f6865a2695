"""What a file may come to, however small it is itself."""

MOST_EDGES = 2 * 10**7
"""Precedences: they, and what is derived of them, stay below 2 GiB."""

MOST_LEVELS = 100
"""Groups inside of each other."""
