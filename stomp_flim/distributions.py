"""Distributions of random times, under the name that users import."""

from stomp_flim.model.distributions import Distribution, Empirical, Exponential, Normal

__all__ = ["Distribution", "Empirical", "Exponential", "Normal"]
