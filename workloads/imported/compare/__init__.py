"""Outputs of another framework against those of a file, and why they may differ."""
