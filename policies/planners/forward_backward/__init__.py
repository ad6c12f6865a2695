"""Schedules passed forward and backward in turn, the policy `forward-backward`."""
