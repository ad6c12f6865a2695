"""The published HLS accelerator in the figure of `speedup`: manual lanes calibrated on hardware."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from experiments.shared.cases import Case
from experiments.speedup.sweep import SUM
from hwmodels import devices
from hwmodels.network import SEQ2SEQLITE
from hwmodels.published.hls import CLOCK_NS, LANE, lane_speedup, most_lanes
from stomp_flim.plots.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL = "HLS lanes (calibrated)"
DEVICE = devices.xc7k410t.name
"""The device that the accelerator was made for."""


def has_baseline(case: Case, stage: str) -> bool:
    """Return whether the accelerator does what a panel shows: whole inferences of its network."""
    return (
        case.model == SEQ2SEQLITE.name
        and stage in (SUM, "pipeline")
        and case.device in ("published", DEVICE)
    )


def draw_baseline(upper: Axes, lower: Axes, pixels: Sequence[int], steps: int) -> None:
    """Draw speed-up and latency of as many lanes as fit.

    The speed-up is over one lane of the accelerator itself. The latency is that of inferences,
    without reading and writing, as it is for the simulated ones.
    """
    lanes, _ = most_lanes(devices.xc7k410t)
    microseconds = LANE.inference_cycles(steps) * CLOCK_NS / 1e3
    style: dict[str, Any] = {
        "color": INK,
        "marker": "*",
        "markersize": 7,
        "linewidth": 1,
        "linestyle": "-.",
        "zorder": 2.8,
    }
    upper.plot(pixels, [lane_speedup(n, min(n, lanes)) for n in pixels], label=LABEL, **style)
    lower.plot(pixels, [-(-n // lanes) * microseconds for n in pixels], label=LABEL, **style)


def baseline_note() -> str:
    """Return what a reader has to know of it."""
    lanes, limits = most_lanes(devices.xc7k410t)
    return (
        f"HLS lanes: the published accelerator as synthesized; {lanes} lanes fit on a {DEVICE} "
        f"({', '.join(limits)}). Speed-up over one lane of its own; no post-processing."
    )
