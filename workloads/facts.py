"""What a workload says of itself beside its graph: of which network it is, and whose times it has.

A registered workload is a function that returns a graph. Where it also says its network, an FPGA
has servers for it; one that says nothing runs on servers that are given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from hwmodels.layers import require_sizes
from hwmodels.network import Network
from stomp_flim.errors import InputError

F = TypeVar("F", bound=Callable[..., object])

Durations = Literal["published", "derived"]
"""Of tasks: those of the published task graphs, or those that `hwmodels.costs` derives."""


@dataclass(frozen=True)
class Facts:
    """Of a workload.

    Attributes
    ----------
    network : callable
        Returns the network, given the parameters of the workload.
    stages : tuple of str
        Parts that it has graphs of.
    durations : tuple of {"published", "derived"}
        Which ones there are graphs with, its own first.
    """

    network: Callable[..., Network]
    stages: tuple[str, ...]
    durations: tuple[Durations, ...]


def says(facts: Facts) -> Callable[[F], F]:
    """Return a decorator that gives facts to a workload, as its attribute ``facts``."""

    def give(workload: F) -> F:
        workload.facts = facts  # type: ignore[attr-defined]
        return workload

    return give


def facts_of(workload: object) -> Facts | None:
    """Return what a workload says of itself, or None."""
    found = getattr(workload, "facts", None)
    return found if isinstance(found, Facts) else None


def resized(network: Network, *, as_published: bool = False, **sizes: int) -> Network:
    """Return a network of other sizes, with them in its name.

    Parameters
    ----------
    network : Network
        The published one.
    as_published : bool
        Whether it is to be that one, with the defects of its graphs.
    **sizes : int
        ``layers``, ``units``, ``inputs`` and ``outputs``.

    Raises
    ------
    InputError
        If a size is no positive integer, or another one than published is to be as published.

    Examples
    --------
    >>> from hwmodels.network import SEQ2SEQLITE
    >>> from workloads.facts import resized
    >>> resized(SEQ2SEQLITE, units=48, outputs=1).name
    'seq2seqlite:units=48,outputs=1'
    """
    own = {"units": network.hidden_units, "layers": network.layers}
    own |= {"inputs": network.inputs, "outputs": network.outputs}
    changed = {key: size for key, size in sizes.items() if size != own[key]}
    if not changed:
        return network
    listed = ",".join(f"{key}={size}" for key, size in changed.items())
    if as_published:
        raise InputError(
            f"{network.name}: {listed} with the defects of the published graphs, expected the "
            "sizes of the published network"
        )
    name = f"{network.name}:{listed}"
    require_sizes(f"network {name!r}", **{key: (size, 1) for key, size in changed.items()})
    fields: dict[str, Any] = {
        ("hidden_units" if key == "units" else key): n for key, n in changed.items()
    }
    return replace(network, name=name, **fields)
