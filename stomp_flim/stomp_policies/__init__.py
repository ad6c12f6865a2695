"""Policies written for STOMP, unmodified: a loader of policies like any other."""
