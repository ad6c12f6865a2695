"""Limited memories: what a graph writes, and an order in which it fits."""
