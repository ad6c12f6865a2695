"""Networks as task graphs of the published topology: the public name of the decomposition."""

from workloads.published.decomposition import decompose

__all__ = ["decompose"]
