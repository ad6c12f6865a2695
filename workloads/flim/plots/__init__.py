"""Figures of lifetimes and of trainings, one plot a file."""
