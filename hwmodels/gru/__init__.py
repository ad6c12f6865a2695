"""The integer GRU: its arithmetic, a readable reference and the compiled kernel."""
