"""Many steps by one step and multiplication: graphs that are too large to be made.

What is counted is exact, see `workloads.tiles.times`, and so are the lower bound and a schedule of
all steps: that of one step of all pixels, repeated, each beginning when the one before has ended.
How long a policy takes where steps overlap is extrapolated from the first steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hwmodels.costs.servers import Granularity, Tiling
from hwmodels.costs.servers import platform as derived
from hwmodels.device import Device
from hwmodels.network import Network
from hwmodels.recurrent import RecurrentNetwork, Stage
from stomp_flim.errors import InputError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.shown import counted
from stomp_flim.model.workload import Job
from stomp_flim.unrecorded import summarize
from workloads.tiles.graph import chosen, staged, title
from workloads.tiles.layers import Tiles
from workloads.tiles.stages import add_stages, blocks
from workloads.tiles.times import Times

SIMULATED = 3
"""Steps from which the time of more steps is extrapolated."""

MOST_TASKS = 500_000
"""Of all pixels in a simulation; beyond, no more steps are simulated."""


@dataclass(frozen=True)
class Stepwise:
    """Many steps of all pixels.

    Attributes
    ----------
    name, policy : str
        Of the graph that is never made, and of the policy.
    platform : Platform
        The servers.
    pixels : int
        How many are computed together.
    tasks, edges, critical_path : int
        Of the graph of one pixel. Exact.
    work : mapping of str to int
        Cycles for which one pixel holds servers of each type. Exact.
    repeated : int
        Cycles of a schedule of all steps, one after the other. Exact.
    extrapolated : int, optional
        Cycles that the policy takes where steps overlap, if they go on as the first ones do, and no
        less than the lower bound; None where even those would be too many tasks.
    """

    name: str
    policy: str
    platform: Platform
    pixels: int
    tasks: int
    edges: int
    critical_path: int
    work: Mapping[str, int]
    repeated: int
    extrapolated: int | None

    @property
    def bounds(self) -> dict[str, int]:
        """Cycles below which no schedule is, by the reason. Exact."""
        servers = self.platform.servers
        of_work = {
            kind: -(-self.pixels * work // servers[kind]) for kind, work in self.work.items()
        }
        return {"critical path": self.critical_path, **of_work}

    @property
    def lower_bound(self) -> int:
        """The largest of the bounds."""
        return max(self.bounds.values())

    @property
    def facts(self) -> dict[str, object]:
        """All figures by name, those that are exact apart from the other."""
        exact = {
            "tasks": self.tasks,
            "edges": self.edges,
            "critical_path": self.critical_path,
            "work": dict(self.work),
            "bounds": self.bounds,
            "lower_bound": self.lower_bound,
            "repeated": self.repeated,
        }
        return {
            "name": self.name,
            "policy": self.policy,
            "device": self.platform.name,
            "servers": dict(self.platform.servers),
            "pixels": self.pixels,
            "exact": exact,
            "extrapolated": self.extrapolated,
        }

    def __str__(self) -> str:
        bounds = self.bounds
        reason = max(bounds, key=bounds.__getitem__)
        work = ", ".join(f"{kind} {cycles:,}" for kind, cycles in self.work.items())
        overlapped = "not extrapolated: too many tasks in a step"
        if self.extrapolated is not None:
            overlapped = (
                f"extrapolated: {self.extrapolated:,} cycles where steps overlap, from the first "
                f"{SIMULATED} steps of each stage, stages one after the other"
            )
        return "\n".join(
            [
                f"{self.name}, {counted(self.pixels, 'pixel')} on {self.platform.name}, "
                f"policy {self.policy}",
                f"exact: {self.tasks:,} tasks and {self.edges:,} edges a pixel, critical path "
                f"{self.critical_path:,} cycles, work {work}",
                f"exact: no schedule is shorter than {bounds[reason]:,} cycles ({reason})",
                f"exact: a schedule of {self.repeated:,} cycles, in which each step begins when "
                "the one before has ended",
                overlapped,
            ]
        )


def stepwise(
    network: Network | RecurrentNetwork,
    device: Device,
    granularity: Granularity = "row",
    stage: str = "pipeline",
    *,
    steps: int | None = None,
    pixels: int = 1,
    policy: str = "hlfet",
    platform: Platform | None = None,
) -> Stepwise:
    """Sum up the graph of all steps, and schedule it step by step.

    Parameters
    ----------
    network, device, granularity, stage
        As of `workloads.tiles.graph.decompose_tiles`.
    steps : int, optional
        Time steps of each stage; by default those of the network.
    pixels : int
        How many are computed together.
    policy : str
        A ranker, as of `stomp_flim.summarize`.
    platform : Platform, optional
        The servers; by default those that the device has for the network.

    Raises
    ------
    InputError
        If the stage or the policy is unknown, there is no step or no pixel, or the servers do not
        suffice.

    Examples
    --------
    >>> from hwmodels import devices
    >>> from hwmodels.network import Network
    >>> from workloads.tiles.stepwise import stepwise
    >>> large = Network("large", layers=4, hidden_units=256, steps=200)
    >>> found = stepwise(large, devices.xcvu9p, pixels=16)
    >>> f"{16 * found.tasks:,}"
    '35,388,800'
    >>> found.lower_bound <= found.repeated
    True
    """
    if pixels < 1:
        raise InputError(f"{network.name}: pixels is {pixels!r}, expected an integer >= 1")
    general = staged(network, stage, steps)
    names = chosen(general, stage)
    tiling = Tiling(general, granularity, general.weight_bits)
    servers = platform or derived(device, general, granularity, general.weight_bits)
    times = Times(tiling, device)
    add_stages(times, general, names)
    found = [
        _makespans(block, tiling, device, pixels, servers, policy)
        for block in blocks(general, names)
    ]
    overlapped = [cycles for _, cycles in found if cycles is not None]
    exact = Stepwise(
        title(general, granularity, stage),
        policy,
        servers,
        pixels,
        times.tasks,
        times.edges,
        times.critical_path,
        dict(times.work),
        sum(repeated for repeated, _ in found),
        None,
    )
    if len(overlapped) < len(found):
        return exact
    return replace(exact, extrapolated=max(sum(overlapped), exact.lower_bound))


def _makespans(
    block: Stage, tiling: Tiling, device: Device, pixels: int, platform: Platform, policy: str
) -> tuple[int, int | None]:
    """Return the cycles of all steps of a block, repeated, and extrapolated where they overlap.

    A step more adds what the last simulated one has added, but no less than its work.
    """
    graphs = list(_first_steps(block, tiling, device, pixels))
    spans = [summarize([Job(graph)] * pixels, platform, policy).makespan for graph in graphs]
    repeated, left = block.steps * spans[0], block.steps - len(spans)
    if not left:
        return repeated, spans[-1]
    if len(spans) < SIMULATED:
        return repeated, None
    work = {kind: pixels * left * graphs[0].work(kind) for kind in graphs[0].server_types}
    least = max(-(-cycles // platform.servers[kind]) for kind, cycles in work.items())
    return repeated, spans[-1] + max(left * (spans[-1] - spans[-2]), least)


def _first_steps(block: Stage, tiling: Tiling, device: Device, pixels: int) -> Iterator[TaskGraph]:
    """Yield the graphs of one step of a block, and of more of its first ones where they are small.

    A block of its own begins with states that are there.
    """
    for steps in range(1, min(block.steps, SIMULATED) + 1):
        tiles = Tiles(tiling, device)
        add_stages(tiles, RecurrentNetwork("n", (replace(block, steps=steps),)), (block.name,))
        name = f"{block.name}, {steps} step{'s' * (steps > 1)}"
        yield tiles.graph(name)
        if pixels * len(tiles.tasks) > MOST_TASKS:
            return
