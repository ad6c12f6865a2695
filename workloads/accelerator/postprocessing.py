"""From the decoder's outputs to lifetimes in double precision, on the accelerator's servers.

The equations, and the order of their roundings, are those of `workloads.flim.lifetimes.lifetimes`.
Areas are summed up in units of a time bin: for codes that is exact in any order, and the width of a
bin comes in once, at the end. A row holds all three outputs.
"""

from __future__ import annotations

from typing import NamedTuple

from workloads.accelerator.cell import write_and_read
from workloads.accelerator.dataflow import Dataflow
from workloads.published.operations import (
    ADD,
    DIVIDE,
    MULTIPLY,
    READ_CONST,
    READ_DATA,
    SUBTRACT,
    WRITE_DATA,
)


class LifetimeValues(NamedTuple):
    """Names of the values that post-processing writes."""

    tau_ns: str
    fraction: str
    mean_ns: str


def trapezoid(tasks: Dataflow, previous: list[str], outputs: list[str], area: str) -> str:
    """Add the area between two output steps to the areas so far; return them as written.

    Parameters
    ----------
    tasks : Dataflow
        The section that gets the tasks.
    previous, outputs : list of str
        Rows of outputs of both steps, as they were written.
    area : str
        The areas so far, as they were written.
    """
    before = tasks.add("read_y_previous", READ_DATA, "to_real", *previous)
    now = tasks.add("read_y", READ_DATA, "to_real", *outputs)
    both = write_and_read(tasks, "_sum", tasks.add("add", ADD, "add", before, now))
    half = tasks.add("read_half", READ_CONST, "move", "half")
    halved = tasks.add("multiply", MULTIPLY, "multiply", both, half)
    step = write_and_read(tasks, "_trapezoid", halved)
    sofar = tasks.add("read_area", READ_DATA, "move", area)
    total = tasks.add("add_area", ADD, "add", sofar, step)
    return tasks.add("write_area", WRITE_DATA, "move", total)


def lifetimes(tasks: Dataflow, area: str, amplitudes: list[str]) -> LifetimeValues:
    """Add what follows the last output step.

    Parameters
    ----------
    tasks : Dataflow
        The section that gets the tasks.
    area : str
        The areas of all steps, as they were written.
    amplitudes : list of str
        Rows of outputs of the first step, as they were written.
    """
    area = tasks.add("read_area", READ_DATA, "move", area)
    width = tasks.add("read_bin_width", READ_CONST, "move", "bin_width")
    product = tasks.add("multiply_bin_width", MULTIPLY, "multiply", area, width)
    integral = write_and_read(tasks, "_integral", product)
    amplitude = tasks.add("read_amplitude", READ_DATA, "to_real", *amplitudes)
    tau = tasks.add("divide_lifetime", DIVIDE, "divide", integral, amplitude, parameters=(0.0,))
    tau = tasks.add("write_lifetime", WRITE_DATA, "move", tau)

    short, long = (
        tasks.add(
            f"read_amplitude[{k}]", READ_DATA, "element_to_real", *amplitudes, parameters=(k,)
        )
        for k in (1, 2)
    )
    both = write_and_read(tasks, "_amplitudes", tasks.add("add", ADD, "add", short, long))
    fraction = tasks.add("divide_fraction", DIVIDE, "divide", short, both, parameters=(0.5,))
    written = tasks.add("write_fraction", WRITE_DATA, "move", fraction)
    fraction = tasks.add("read_fraction", READ_DATA, "move", written)

    one = tasks.add("read_one", READ_CONST, "move", "one")
    rest = tasks.add("subtract", SUBTRACT, "subtract", one, fraction)
    rest = write_and_read(tasks, "_rest", rest)
    parts = []
    for k, weight in ((1, fraction), (2, rest)):
        read = tasks.add(f"read_lifetime[{k}]", READ_DATA, "element", tau, parameters=(k,))
        product = tasks.add(f"multiply[{k}]", MULTIPLY, "multiply", weight, read)
        parts.append(write_and_read(tasks, f"_part[{k}]", product))
    mean = tasks.add("add_mean", ADD, "add", *parts)
    return LifetimeValues(tau, written, tasks.add("write_mean", WRITE_DATA, "move", mean))
