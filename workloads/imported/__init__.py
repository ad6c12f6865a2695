"""Networks from ONNX files: run in float64, recognised as layers and stages, compared.

`load` reads a file; what it returns runs the model as the file says it, whether or not it is
recognised as a network of stages and layers, which scheduling and quantizing need.
"""

from __future__ import annotations

from workloads.imported.model import Imported, load

__all__ = ["Imported", "load"]
