"""The zoo from scratch, the command `train`."""
