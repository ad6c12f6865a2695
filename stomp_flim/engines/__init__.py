"""Engines: they make equal schedules."""
