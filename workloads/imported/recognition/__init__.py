"""From operators to layers and stages: what a model computes, found by where each value goes."""
