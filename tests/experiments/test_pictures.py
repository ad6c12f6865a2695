"""How the figures of experiments look: ``make baselines`` draws them anew after a wanted change."""

from __future__ import annotations

from itertools import product

from matplotlib.figure import Figure
from pictures import picture, textless

from experiments.accuracy import report
from experiments.compare import figure as compare
from experiments.compare.sweep import Comparison
from experiments.frame import figure as frame
from experiments.frame.sweep import FrameSweep
from experiments.speedup import figure as speedup
from experiments.speedup.points import SpeedupOutcome
from experiments.speedup.results import Results, points
from experiments.speedup.schedules import draw_charts, draw_occupancy, example
from experiments.speedup.sweep import SpeedupSweep
from experiments.tradeoff import figure as tradeoff
from experiments.tradeoff.sweep import TradeoffSweep
from hwmodels import devices
from hwmodels.network import SEQ2SEQLITE
from stomp_flim.frame import FrameTime

SMALL = SpeedupSweep(("seq2seqlite",), ("encoder",), (1, 8), ("hlfet", "fifo"))


@picture
def test_speedup() -> Figure:
    """A column a model; speed-up above latency, claims and the published lanes."""
    sweep = SpeedupSweep(("seq2seq", "seq2seqlite"), ("sum",), (1, 64, 256))
    outcomes = {p: SpeedupOutcome(300 + 10 * p.pixels, 200 + 9 * p.pixels) for p in points(sweep)}
    return textless(speedup.draw(Results(sweep, outcomes), "sum"))


@picture
def test_occupancy() -> Figure:
    """A row a policy, a column a server type."""
    return textless(draw_occupancy(example(SMALL), SMALL))


@picture
def test_chart() -> Figure:
    """Hundreds of servers, eight pixels."""
    return textless(draw_charts(example(SMALL))["hlfet"])


@picture
def test_compare() -> Figure:
    """A panel a stage and model."""
    comparison = Comparison(("seq2seqlite",), ("encoder", "decoder"), (1, 8, 64), ("fifo", "phase"))
    outcomes = {
        point: SpeedupOutcome(300 + 10 * point.pixels * (len(point.policy) - 3), 200 + point.pixels)
        for point in comparison.points()
    }
    return textless(compare.draw(comparison.table(outcomes), comparison))


@picture
def test_frame() -> Figure:
    """A panel a platform, with the camera's rates and the accelerators as lines."""
    sweep = FrameSweep(scales=(1, 4), slots=(1, 8, 64))
    outcomes = {
        point: (FrameTime(len(point.policy) * 10**8 // point.slots, "simulation", 0.0, 1000), 10**7)
        for point in sweep.points()
    }
    return textless(frame.draw(sweep.table(outcomes), sweep))


@picture
def test_tradeoff() -> Figure:
    """Frame rate against slices, blocks and latency, with the limits."""
    sweep = TradeoffSweep(SEQ2SEQLITE, devices.xc7k410t, lanes=(8, 32), bits=(8,), in_flight=(1, 2))
    return textless(tradeoff.draw(sweep.table(), sweep))


@picture
def test_accuracy() -> Figure:
    """A panel a range of lifetimes, a line a method."""
    rows = [
        {
            "lifetimes": lifetimes,
            "method": method,
            "photons": photons,
            "median_error": scale / photons**0.5,
        }
        for lifetimes, (method, scale), photons in product(
            ("0.2–1.5", "0.05–3"), (("network", 1.5), ("phasor", 2.5)), (300, 1_000, 10_000)
        )
    ]
    return textless(report.figure(rows))
