"""The integer GRU encoder-decoder for whole images: the public name of the compiled kernel."""

from hwmodels.gru.kernel import infer

__all__ = ["infer"]
