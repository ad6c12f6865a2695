"""Figures, one plot a file: each takes the axes to draw on and never calls ``show()``."""
