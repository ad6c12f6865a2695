"""Recurrent networks for tests."""
