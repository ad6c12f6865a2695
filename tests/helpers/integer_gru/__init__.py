"""What tests of the integer GRU share: drawn weights and inputs, operations on pairs."""
