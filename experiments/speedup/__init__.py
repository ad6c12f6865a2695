"""Automated against manual scheduling over pixels, the command `speedup`."""
