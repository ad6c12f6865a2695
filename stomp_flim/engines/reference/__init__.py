"""The reference engine: the semantics of docs/contract.md to be read, SimPy as the clock."""
