"""Two folders of results against each other: their studies and their tables."""
