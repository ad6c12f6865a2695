"""Experiments, one file each: what is run, what is drawn."""
