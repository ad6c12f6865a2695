"""From decays to lifetimes, by networks and by classical methods."""
