"""The covered operators of ONNX in float64, by subject; those of recurrent layers stand beside."""
