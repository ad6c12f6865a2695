"""What is inside files of FLIM images, the command `inspect`."""
