"""Networks from ONNX files, the command `import`."""
