"""Networks as task graphs of priced tiles, for any granularity."""
