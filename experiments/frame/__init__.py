"""The time of a camera frame, the command `frame`."""
