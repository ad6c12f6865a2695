"""The decompositions of the networks in figures, side by side."""
