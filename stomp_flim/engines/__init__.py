"""Engines: they make equal schedules, those of docs/contract.md (whole-engines)."""
