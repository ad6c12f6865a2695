"""Pixels a second and thread of a training step: compiled steps beside operations on tensors.

    python benchmarks/training.py [--units N] [--pixels N ...]

One layer of `units` with one input and 135 steps, forward and backward, as an encoder-decoder has
two of: in real numbers and in the published arithmetic. The two versions take turns and the best
time of the CPU counts, so that other work on the machine counts little in their ratio. Then whole
steps of a training, with the making of the pixels.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from workloads.flim.data.timebins import STEPS
from workloads.flim.training.gru_recurrence import recur, recur_by_tensors
from workloads.flim.training.loop import gradients
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.plan import Plan
from workloads.flim.training.quantization_aware import IntegerSteps

TURNS = 5


def forward_and_backward(layer: Callable[..., Tensor], arguments: list[Tensor]) -> None:
    """Run a layer and ask for the gradients by its weights."""
    leaves = [value.clone().requires_grad_(value.dim() < 3) for value in arguments]
    layer(*leaves).sum().backward()  # type: ignore[no-untyped-call]


def seconds(*versions: Callable[[], object]) -> list[float]:
    """Return the best CPU time of each version, which take turns."""
    best = [float("inf")] * len(versions)
    for turn in range(TURNS + 1):  # the first one compiles
        for index, version in enumerate(versions):
            begin = time.process_time()
            version()
            if turn:
                best[index] = min(best[index], time.process_time() - begin)
    return best


def main() -> None:
    """Time layers in both ways, then whole steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=32)
    parser.add_argument("--pixels", type=int, nargs="+", default=[128, 512], help="of a batch")
    options = parser.parse_args()
    torch.set_num_threads(1)
    units = options.units
    integers = IntegerSteps(SEQ2SEQLITE_8_BIT, units)
    table = Table(title=f"{units} units, {STEPS} steps: pixels a second and thread")
    for column in ("", "pixels", "tensors", "compiled", "faster"):
        table.add_column(column, justify="right" if column else "left")
    console = Console(width=100)
    for pixels in options.pixels:
        module = EncoderDecoder((units,))
        layer = module.layer("encoder", 0)
        weights = [layer.kernel.detach(), layer.recurrent_kernel.detach(), layer.bias.detach()]
        x, start = torch.rand(STEPS, pixels, 1), torch.zeros(pixels, units)
        x = (x * 2**14).round() / 2**14
        real, exact = [x, start, *weights], [x, *weights, start]
        kinds: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor], list[Tensor]]] = {
            "layer, real numbers": (recur_by_tensors, recur, real),
            "layer, integers": (integers.advance_by_tensors, integers.advance, exact),
        }
        for name, (tensors, compiled, arguments) in kinds.items():
            slow, fast = seconds(
                lambda: forward_and_backward(tensors, arguments),  # noqa: B023
                lambda: forward_and_backward(compiled, arguments),  # noqa: B023
            )
            rates = f"{pixels / slow:.0f} {pixels / fast:.0f} {slow / fast:.1f}x"
            table.add_row(name, str(pixels), *rates.split())
        for arithmetic, kind in ((None, "real numbers"), (SEQ2SEQLITE_8_BIT, "integers")):
            module.compute_with(arithmetic)
            plan = Plan(steps=1, pixels=pixels)
            (whole,) = seconds(lambda: gradients(module, plan, 0, None, "cpu"))  # noqa: B023
            table.add_row(f"training step, {kind}", str(pixels), "", f"{pixels / whole:.0f}", "")
    console.print(table)


if __name__ == "__main__":
    main()
