"""Operations of the published accelerator: what a task occupies, and for how many cycles.

Source: the task graphs of the published accelerator (github.com/ismailerbas/stomp, branch meta),
whose figures do not depend on the size of the network.

======================================  ===========  ======
operation                               server type  cycles
======================================  ===========  ======
multiply, add, subtract                 DSP          2
hyperbolic sine and cosine of a value   DSP          14
divide                                  DSP          8
read weights, biases, constants         Const mem    5
read or write a hidden state            Shared mem   3
read or write an intermediate result    data mem     3
======================================  ===========  ======

A task is one scalar times one row of H values, or one operation on a row of H values, H being the
hidden units of the network. A "DSP" server is therefore a VECTOR UNIT OF H LANES and not one DSP
slice of an FPGA, and a memory port moves a row.
"""

from stomp_flim.model.task import Mode

Modes = tuple[Mode, ...]

DSP, SHARED, CONST, DATA = "DSP", "Shared mem", "Const mem", "data mem"

MULTIPLY: Modes = (Mode({DSP: 1}, 2),)
ADD: Modes = (Mode({DSP: 1}, 2),)
SUBTRACT: Modes = (Mode({DSP: 1}, 2),)
SINH_COSH: Modes = (Mode({DSP: 1}, 14),)
DIVIDE: Modes = (Mode({DSP: 1}, 8),)
READ_CONST: Modes = (Mode({CONST: 1}, 5),)
READ_SHARED: Modes = (Mode({SHARED: 1}, 3),)
WRITE_SHARED: Modes = (Mode({SHARED: 1}, 3),)
READ_DATA: Modes = (Mode({DATA: 1}, 3),)
WRITE_DATA: Modes = (Mode({DATA: 1}, 3),)
