"""Lifetimes of a measured image, the command `infer`."""
