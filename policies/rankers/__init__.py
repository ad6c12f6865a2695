"""Policies that rank: one number a task, and the highest goes first."""
