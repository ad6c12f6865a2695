"""What an FPGA gives a network, the command `tradeoff`."""
