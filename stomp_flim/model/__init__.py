"""What is to be done, and on what: task graphs, workloads, platforms."""
