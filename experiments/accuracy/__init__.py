"""The networks' accuracy beside published and classical methods, the command `accuracy`."""
