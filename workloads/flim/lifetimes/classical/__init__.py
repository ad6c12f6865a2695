"""Classical lifetime estimation, to compare the networks with."""
