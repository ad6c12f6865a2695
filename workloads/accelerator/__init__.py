"""Networks as task graphs of the accelerator's own arithmetic, to be replayed in numbers."""
