"""Policies that plan the whole schedule beforehand."""
