"""What an FPGA offers and costs, and the integer arithmetic of the networks that run on it."""
