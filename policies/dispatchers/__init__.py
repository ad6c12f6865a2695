"""Policies that decide at each instant, a file a family."""
