"""The published networks as task graphs, in the decomposition of their accelerators."""
