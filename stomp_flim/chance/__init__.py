"""Random durations and arrivals, and what a policy may know of them."""
