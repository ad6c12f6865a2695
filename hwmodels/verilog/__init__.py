"""A generator of readable Verilog for the building blocks that `hwmodels.costs.blocks` prices.

`hwmodels.verilog.generator.generate` gives the GRU cell of a network, ``python -m
hwmodels.verilog`` writes it to a folder, and ``make check-hardware`` (`hwmodels.verilog.check`)
holds simulation and synthesis against the integer kernel and the cost model. See
``docs/background/verilog.md``.
"""
