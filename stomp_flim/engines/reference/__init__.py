"""The reference engine: the contract's semantics to be read, with SimPy as the clock."""
