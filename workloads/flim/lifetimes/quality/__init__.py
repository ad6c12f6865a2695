"""What a lifetime is worth: its uncertainty, and the reasons not to trust it."""
