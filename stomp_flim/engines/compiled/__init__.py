"""The compiled engine: the reference engine's schedules over flat arrays, by Numba."""
