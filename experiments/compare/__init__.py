"""Policies against each other and the bound, the command `compare`."""
