"""Networks trained, distilled and quantized on streams of synthetic pixels."""
