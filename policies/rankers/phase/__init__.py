"""Pixels out of phase, the policy `phase`."""
