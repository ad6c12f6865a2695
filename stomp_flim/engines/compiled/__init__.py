"""The compiled engine: the reference engine's schedules over flat arrays, by Numba."""

LONGEST_LATENCY = 2**20
"""In cycles: the engine's calendar has a bucket for each cycle up to it."""
