"""Platforms by name or file, for a network: what their servers stand for, and what a device has.

A task of a network's graph that runs on a "DSP" server multiplies or adds a row of weights, so that
a server is as many lanes as the row is long, and each lane a multiplier. How many such servers
there are follows from the network where the device is an FPGA; elsewhere it is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from hwmodels import devices
from hwmodels.cells.counts import state_elements
from hwmodels.costs.blocks import lane_dsp
from hwmodels.costs.servers import (
    CONST,
    DATA,
    DSP,
    SHARED,
    DerivedServers,
    Granularity,
    Tiling,
    ports_blocks,
)
from hwmodels.costs.servers import platform as derived
from hwmodels.device import Device
from hwmodels.network import Network
from hwmodels.published import DEVICE_NAME, published
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim import plugins
from stomp_flim.errors import InputError
from stomp_flim.interchange.platform_file import platform_of
from stomp_flim.interchange.text.toml_document import read_toml
from stomp_flim.interchange.text.toml_section import checked_section
from stomp_flim.model.platform import Platform

ALL = "all"
"""Stands for all registered FPGAs."""

_PUBLISHED = ", for which the same papers made an accelerator"


@dataclass(frozen=True)
class Provision:
    """Servers, and what they stand for.

    Attributes
    ----------
    platform : Platform
        The servers.
    network : Network or RecurrentNetwork, optional
        Whose rows they are as wide as; None where a graph is no network.
    granularity : {"scalar", "row", "gate"}
        How it is cut.
    weight_bits : int
        Bits of a weight.
    device : Device, optional
        The FPGA whose multipliers there are to compare with.
    remark : str
        Why that one, where the servers are not derived from it: their memories are then not its
        RAM blocks.
    """

    platform: Platform
    network: Network | RecurrentNetwork | None = None
    granularity: Granularity = "row"
    weight_bits: int = 8
    device: Device | None = None
    remark: str = ""

    @property
    def lanes(self) -> int | None:
        """Lanes of a "DSP" server, or None where there is no network or no such server."""
        if self._tiling is None or DSP not in self.platform.servers:
            return None
        return self._tiling.lanes

    @property
    def multipliers(self) -> int | None:
        """Multipliers of all "DSP" servers together, one a lane."""
        return None if self.lanes is None else self.lanes * self.platform.servers[DSP]

    @property
    def slices(self) -> int | None:
        """DSP slices that the multipliers take on the device."""
        if self.multipliers is None or self.device is None:
            return None
        return self.multipliers * lane_dsp(self.device.dsp, self.weight_bits)

    @property
    def ram_blocks(self) -> int | None:
        """RAM blocks that the memory ports take on the device, where they are derived from it."""
        if self._tiling is None or self.device is None or self.remark:
            return None
        return ports_blocks(self.platform.servers, self._tiling, self.device)

    @property
    def _tiling(self) -> Tiling | None:
        if self.network is None:
            return None
        return Tiling(self.network, self.granularity, self.weight_bits)

    def __str__(self) -> str:
        if self.lanes is None:
            return "servers of a graph that is no network: no lanes to count"
        text = f"lanes per server {self.lanes}, {self.multipliers:,} multipliers"
        if self.device is None:
            return f"{text}, and no device to compare with"
        dsp, ram, blocks = self.device.dsp, self.device.block_ram, self.ram_blocks
        text += f": {self.slices:,} {dsp.kind}, of which {self.device.name} has {dsp.count:,}"
        if blocks is None:
            return text
        return f"{text}; memory ports of {blocks:,} {ram.kind}, of which it has {ram.count:,}"

    @property
    def warning(self) -> str | None:
        """Says that the device has fewer multipliers or RAM blocks, where it has."""
        return "; ".join(text for text in (self._lacks_slices, self._lacks_blocks) if text) or None

    @property
    def _lacks_slices(self) -> str:
        if self.slices is None or self.device is None or self.slices <= self.device.dsp.count:
            return ""
        dsp = self.device.dsp
        return (
            f"device {self.platform.name!r} has {self.platform.servers[DSP]:,} servers of "
            f"{self.lanes} lanes, {self.multipliers:,} multipliers, which take {self.slices:,} "
            f"{dsp.kind}: more than the {dsp.count:,} of {self.device.name}{self.remark}"
        )

    @property
    def _lacks_blocks(self) -> str:
        blocks = self.ram_blocks
        if blocks is None or self.device is None or blocks <= self.device.block_ram.count:
            return ""
        ram, servers = self.device.block_ram, self.platform.servers
        ports = ", ".join(f"{servers.get(name, 0):,} {name}" for name in (SHARED, CONST, DATA))
        return (
            f"device {self.platform.name!r} has memory ports ({ports}) that take {blocks:,} "
            f"{ram.kind}: more than the {ram.count:,} of {self.device.name}"
        )

    def require(self, network: Network | RecurrentNetwork) -> None:
        """Check that a graph is of the network that the servers were derived for.

        Raises
        ------
        InputError
            If it is of another one, in whose graph a server would stand for something else.
        """
        if self.network is not None and _width(self.network) != _width(network):
            raise InputError(
                f"device {self.platform.name!r} has servers for network {self.network.name!r} "
                f"({_described(self.network)}), and the graph is of network {network.name!r} "
                f"({_described(network)}); expected the servers of the same network"
            )

    def scaled(self, times: int) -> Provision:
        """Return so many times the servers, and the memories as they are."""
        if times == 1:
            return self
        servers = {name: times * count for name, count in self.platform.servers.items()}
        name = f"{times} × {self.platform.name}"
        return replace(self, platform=replace(self.platform, servers=servers, name=name))


@dataclass(frozen=True)
class Changes:
    """What a user changes of a device's servers.

    Attributes
    ----------
    servers, memories : tuple of (str, int)
        New counts of servers, and capacities of memories in bits.
    clock_ns : float, optional
        New clock period.
    """

    servers: tuple[tuple[str, int], ...] = ()
    memories: tuple[tuple[str, int], ...] = ()
    clock_ns: float | None = None

    def of(self, platform: Platform) -> Platform:
        """Return a platform with the changes."""
        return platform.changed(dict(self.servers), dict(self.memories), self.clock_ns)


NO_CHANGES = Changes()


def provide(
    device: str,
    network: Network | RecurrentNetwork | None,
    granularity: Granularity = "row",
    weight_bits: int = 8,
    changes: Changes = NO_CHANGES,
) -> Provision:
    """Return the servers that a device has for a network.

    Parameters
    ----------
    device : str
        A registered name; a data sheet or a platform in a file whose name ends in ``.toml``.
    network : Network, RecurrentNetwork or None
        What runs there; None for a graph that is no network, which an FPGA has no servers for.
    granularity : {"scalar", "row", "gate"}
        How the network is cut.
    weight_bits : int
        Bits of a weight.
    changes : Changes
        Other counts than the device's.

    Raises
    ------
    InputError
        If the device is unknown, its file is wrong, it is an FPGA without a network or too small
        for it, or a change is not possible.

    Examples
    --------
    >>> from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE
    >>> from hwmodels.platforms import provide
    >>> dict(provide("xc7k410t", SEQ2SEQ).platform.servers)
    {'DSP': 12, 'Shared mem': 4, 'Const mem': 4, 'data mem': 8}
    >>> print(provide("published", SEQ2SEQLITE))
    lanes per server 32, 4,096 multipliers: 4,096 DSP48E1, of which xc7k410t has 1,540
    >>> provide("xc7k410t", SEQ2SEQLITE).ram_blocks
    1536
    >>> provide("published", SEQ2SEQ).multipliers
    16384
    """
    found = _find(device)
    if isinstance(found, Platform):
        provision = Provision(changes.of(found), network, granularity, weight_bits)
        if device != published().name:
            return provision
        return replace(provision, device=getattr(devices, DEVICE_NAME), remark=_PUBLISHED)
    if network is None:
        raise InputError(
            f"device {device!r} is an FPGA, whose servers follow from a network, and the graph is "
            "none; expected servers that are given"
        )
    servers = derived(found, network, granularity, weight_bits)
    return Provision(changes.of(servers), network, granularity, weight_bits, found)


def is_fpga(device: str) -> bool:
    """Return whether the servers of a device follow from a network."""
    return isinstance(_find(device), Device)


def fpga_names() -> list[str]:
    """Return the registered FPGAs, in the order of their names."""
    names = plugins.registered("devices")
    return [name for name in names if isinstance(plugins.load("devices", name), DerivedServers)]


def load_fpga(device: str) -> Device:
    """Return the FPGA of a name or of a data sheet.

    Raises
    ------
    InputError
        If it is unknown, the file is wrong, or it is mere numbers of servers.
    """
    found = _find(device)
    if isinstance(found, Device):
        return found
    raise InputError(
        f"device {device!r} is a number of servers without DSP slices and RAM blocks; expected "
        f"FILE.toml or one of {', '.join(fpga_names())}"
    )


def _find(device: str) -> Device | Platform:
    """Return the FPGA or the servers that a name or a file stands for."""
    if device.endswith(".toml"):
        path = Path(device)
        document = read_toml(path)
        if document.keys() & {"clock_ns", "servers", "memories"}:
            return platform_of(document, path)
        return checked_section(document, Device, device)
    found = plugins.load("devices", device)
    return found.device if isinstance(found, DerivedServers) else plugins.device(device)


def _width(network: Network | RecurrentNetwork) -> tuple[int, int, int]:
    """Return what the servers follow from: the lanes, and the elements of the states."""
    general = RecurrentNetwork.of(network)
    return (max(general.units), *state_elements(general))


def _described(network: Network | RecurrentNetwork) -> str:
    return f"{max(RecurrentNetwork.of(network).units)} units"
