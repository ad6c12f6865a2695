"""Networks too large for a graph, the command `stepwise`."""
