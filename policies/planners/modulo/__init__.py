"""The policy `modulo`: tables that repeat."""
