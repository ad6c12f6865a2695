"""Sums of products in the accelerator's arithmetic: scalars times rows of weights."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from workloads.accelerator.dataflow import Dataflow
from workloads.published.operations import ADD, MULTIPLY, READ_CONST

Accumulation = Literal["serial", "tree"]
"""One partial sum that takes a product at a time, or sums of pairs, of pairs of pairs, ...

Products are integers that are added exactly, so the order changes no bit of the sum.
"""


class Scalars(NamedTuple):
    """Single values that are multiplied with rows of weights.

    Attributes
    ----------
    values : list of str
        Names of values of one element; there may be none.
    point : str
        The quantization point of `hwmodels.gru.arithmetic.Arithmetic` that gave them.
    """

    values: list[str]
    point: str


@dataclass(frozen=True)
class Accumulator:
    """Adds up the products of one gate, of the candidate or of the dense layer.

    Parameters
    ----------
    tasks : Dataflow
        The section that gets the tasks.
    weights : str
        Row k of a matrix lies in memory as ``f"{weights}.{matrix}[{k}]"``, the bias as
        ``f"{weights}.b"``.
    point : str
        The quantization point that takes the sum; each product is rounded to its fraction.
    accumulation : {"serial", "tree"}
        Which adds there are.
    """

    tasks: Dataflow
    weights: str
    point: str
    accumulation: Accumulation

    def products(self, matrix: str, scalars: Scalars) -> str:
        """Add the reads of weights, the products and the adds between them; return the sum."""
        pending = deque[str]()
        points = scalars.point, self.point
        for k, scalar in enumerate(scalars.values):
            weights = f"{self.weights}.{matrix}[{k}]"
            row = self.tasks.add(f"read_{matrix}[{k}]", READ_CONST, "move", weights)
            name = f"multiply_{matrix}[{k}]"
            product = self.tasks.add(name, MULTIPLY, "product", scalar, row, parameters=points)
            pending.append(product)
        for number in range(1, len(scalars.values)):
            operands = pending.popleft(), pending.popleft()
            total = self.tasks.add(f"add_{matrix}[{number}]", ADD, "add", *operands)
            if self.accumulation == "serial":
                pending.appendleft(total)
            else:
                pending.append(total)
        return pending.pop()

    def total(self, *terms: str, bias: str = "b") -> str:
        """Add up terms and a bias, in the range of the point."""
        read = self.tasks.add(f"read_{bias}", READ_CONST, "move", f"{self.weights}.{bias}")
        parameters = (self.point,)
        return self.tasks.add(f"add_{bias}", ADD, "accumulate", *terms, read, parameters=parameters)
