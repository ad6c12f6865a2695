"""Fluorescence lifetimes: pixels, measured and made, and what is learned from them."""
