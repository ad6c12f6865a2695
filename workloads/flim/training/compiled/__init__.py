"""The steps of a GRU layer as compiled loops: what training runs on CPUs."""
