"""FPGAs: what a device offers, read from a TOML file that says where each figure stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from stomp_flim.interchange.text.toml_section import Section, read_section

Count = Annotated[int, Field(ge=1, le=10**9)]
Text = Annotated[str, Field(min_length=1)]
Shape = Annotated[list[Count], Field(min_length=2, max_length=2)]


class Clock(Section):
    """The clock that designs are priced with: an assumption, not a figure of a data sheet.

    Attributes
    ----------
    ns : float
        Period.
    source : str
        Why this one.
    """

    ns: Annotated[float, Field(gt=0, le=1e6)]
    source: Text


class Logic(Section):
    """Look-up tables and flip-flops.

    No cost is derived from them, see ``docs/background/hardware.md``.

    Attributes
    ----------
    lut, ff : int
        How many the device has.
    source : str
        Where the figures stand.
    """

    lut: Count
    ff: Count
    source: Text


class DSP(Section):
    """The multipliers.

    Attributes
    ----------
    kind : str
        Name of the slice, for example ``"DSP48E1"``.
    count : int
        How many the device has.
    wide_bits, narrow_bits : int
        Signed factors of one multiplication.
    lower_bits : int
        Bits of the lower parts of a longer factor: what the shift in the cascade between slices
        leaves a part to be. The topmost part may have the full width.
    source : str
        Where the figures stand.
    """

    kind: Text
    count: Count
    wide_bits: Count
    narrow_bits: Count
    lower_bits: Count
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> DSP:
        if not self.lower_bits <= self.narrow_bits <= self.wide_bits:
            raise ValueError("expected lower_bits <= narrow_bits <= wide_bits")
        return self


class BlockRAM(Section):
    """The memory blocks, counted in the smallest unit that can be used alone.

    Attributes
    ----------
    kind : str
        Name of the block, for example ``"RAMB18"``.
    count : int
        How many the device has.
    shapes : list of [int, int]
        Depth and width in which both ports of a block can be used independently.
    simple_shapes : list of [int, int]
        Further ones in which one port only reads and the other only writes.
    source : str
        Where the figures stand.
    """

    kind: Text
    count: Count
    shapes: Annotated[list[Shape], Field(min_length=1)]
    simple_shapes: list[Shape] = Field(default_factory=list)
    source: Text

    @property
    def bits(self) -> int:
        """Bits of one block in its largest shape."""
        return max(depth * width for depth, width in [*self.shapes, *self.simple_shapes])

    @property
    def widest(self) -> int:
        """Bits that one block can read in a cycle through one port."""
        return max(width for _, width in [*self.shapes, *self.simple_shapes])


class LargeRAM(Section):
    """Large memory blocks of one fixed shape, where a device has them. No cost uses them yet.

    Attributes
    ----------
    kind : str
        Name of the block, for example ``"URAM288"``.
    count : int
        How many the device has.
    depth, width : int
        Its shape.
    source : str
        Where the figures stand.
    """

    kind: Text
    count: Count
    depth: Count
    width: Count
    source: Text


class Device(Section):
    """An FPGA.

    `hwmodels.costs.servers` says which servers it has for a network.

    Attributes
    ----------
    name, family : str
        For example ``"xc7k410t"`` and ``"Kintex-7"``.
    clock : Clock
        The clock used.
    logic : Logic
        Look-up tables and flip-flops.
    dsp : DSP
        Multipliers.
    block_ram : BlockRAM
        Memory blocks.
    large_ram : LargeRAM, optional
        Large memory blocks.

    Examples
    --------
    >>> from hwmodels import devices
    >>> devices.xc7k410t.dsp.count, devices.xc7k410t.clock.ns
    (1540, 4.5)
    """

    name: Text
    family: Text
    clock: Clock
    logic: Logic
    dsp: DSP
    block_ram: BlockRAM
    large_ram: LargeRAM | None = None

    @property
    def summary(self) -> str:
        """One line for a list."""
        parts = [
            f"{self.dsp.count:,} {self.dsp.kind}",
            f"{self.block_ram.count:,} {self.block_ram.kind}",
            f"{self.logic.lut:,} LUT",
        ]
        if self.large_ram is not None:
            parts.insert(2, f"{self.large_ram.count:,} {self.large_ram.kind}")
        return f"{self.family}: {', '.join(parts)}"


def load_device(path: Path | str) -> Device:
    """Read a device from a TOML file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML, or a figure is missing, unknown, of a wrong type
        or out of its range.

    Examples
    --------
    >>> from importlib.resources import files
    >>> from hwmodels.device import load_device
    >>> load_device(files("hwmodels.devices") / "xcku5p.toml").family
    'Kintex UltraScale+'
    """
    return read_section(Path(path), Device)
