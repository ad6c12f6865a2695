"""Loops that an exporter has unrolled, rolled up again, so that they can be recognised."""
