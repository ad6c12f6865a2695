"""The optimum by constraint programming, the policy `optimal`."""
