"""Formats of other tools, read and written: one module a format."""
