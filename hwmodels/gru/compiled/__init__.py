"""The compiled loops of the integer GRU, and what they are given: of 16-bit pairs, and general."""
