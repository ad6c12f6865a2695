"""What accelerators cost on an FPGA: cycles, DSP slices, RAM blocks, servers."""
