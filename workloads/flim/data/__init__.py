"""Pixels, measured and made, on the network's time bins."""
