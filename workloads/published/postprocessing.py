"""From the decoder's outputs to lifetimes, as blocks of tasks.

A lifetime is the area under a component of the decay over its amplitude. The area is summed up by
the trapezoidal rule, one output step after another: each step adds half the sum of its output and
the one before, times the width of a time bin, to the running areas. The first step has no output
before it and reads the value with which that memory was initialised. After the last step each area
is divided by the amplitude, the first value of its component. One operation on a row works on all
components at once; each component has its running area and its lifetime.
"""

from __future__ import annotations

from workloads.published.block import BlockBuilder
from workloads.published.operations import ADD, DIVIDE, MULTIPLY, READ_CONST, READ_DATA, WRITE_DATA


def trapezoid_step(components: int) -> BlockBuilder:
    """Return the tasks that add one output step to the running areas: 13 + 3 for each component.

    Ports: ``result`` and ``previous`` are the reads of this output and the one before; ``areas``
    are the reads of the running areas, component by component, and ``written`` their writes.
    """
    block = BlockBuilder()
    block.add("read_y", READ_DATA)
    block.add("read_y_previous", READ_DATA)
    block.add("add", ADD, "read_y", "read_y_previous")
    block.add("write_sum", WRITE_DATA, "add")
    block.add("read_sum", READ_DATA, "write_sum")
    block.add("multiply", MULTIPLY, "read_sum", "read_bin_width")
    block.add("read_bin_width", READ_CONST)
    block.add("write_product", WRITE_DATA, "multiply")
    block.add("read_product", READ_DATA, "write_product")
    block.add("divide", DIVIDE, "read_product", "read_two")
    block.add("read_two", READ_CONST)
    block.add("write_trapezoid", WRITE_DATA, "divide")
    block.add("read_trapezoid", READ_DATA, "write_trapezoid")
    block.numbering = list(block.modes)
    block.ports.update(result=["read_y"], previous=["read_y_previous"], areas=[], written=[])
    for i in range(components):
        read = block.add(f"read_area[{i}]", READ_DATA)
        add = block.add(f"add_area[{i}]", ADD, "read_trapezoid", read)
        write = block.add(f"write_area[{i}]", WRITE_DATA, add)
        block.numbering += [add, read, write] if i == 0 else [read, write, add]
        block.ports["areas"].append(read)
        block.ports["written"].append(write)
    return block


def division_by_amplitude(components: int) -> BlockBuilder:
    """Return the tasks that divide the areas by the amplitudes: 4 for each component.

    Ports: ``areas`` and ``amplitudes`` are the reads of both, component by component.
    """
    block = BlockBuilder()
    block.ports.update(areas=[], amplitudes=[])
    for i in range(components):
        area = block.add(f"read_area[{i}]", READ_DATA)
        amplitude = block.add(f"read_amplitude[{i}]", READ_DATA)
        divide = block.add(f"divide[{i}]", DIVIDE, area, amplitude)
        write = block.add(f"write_lifetime[{i}]", WRITE_DATA, divide)
        end = [area, write] if i == 0 else [write, area]
        block.numbering += [divide, amplitude, *end]
        block.ports["areas"].append(area)
        block.ports["amplitudes"].append(amplitude)
    return block
