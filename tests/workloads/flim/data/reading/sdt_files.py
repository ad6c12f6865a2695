"""Files of Becker & Hickl, which no library writes: blocks of any kind, each with its time base."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sdtfile.sdtfile import BLOCK_HEADER, FILE_HEADER, MEASURE_INFO

KINDS = {
    "decay": 0x0, "page": 0x10, "fcs": 0x20, "fida": 0x30, "filda": 0x40, "mcs": 0x50,
    "image": 0x60, "mcsta": 0x70, "image of mcs": 0x80, "moments": 0x90,
    "intensities": 0xA0, "lifetimes": 0xC0,
}  # fmt: skip
MODULE = 0x28 << 4  # an SPC-150
REVISION = 15
TYPES = {"<u2": 0x000, "<u4": 0x100, "<f8": 0x200}


@dataclass(frozen=True)
class Block:
    """A block: its counts, [rows, columns, bins] or less, and how they were measured.

    Attributes
    ----------
    counts : array
        Of a type that the format has: ``<u2``, ``<u4`` or ``<f8``.
    tac_ns : float
        Range of the time axis.
    gain : int
        By which the range is divided.
    kind : str
        Of `KINDS`.
    info : dict
        Further fields of the measurement.
    stop : dict
        Fields of what was counted until it stopped.
    compressed : bool
        Whether the data are in a ZIP archive.
    """

    counts: NDArray[Any]
    tac_ns: float = 12.8
    gain: int = 1
    kind: str = "image"
    info: dict[str, int] = field(default_factory=dict)
    stop: dict[str, float] = field(default_factory=dict)
    compressed: bool = False


def sdt_file(*blocks: Block) -> bytes:
    """Return a file with these blocks, a measurement for each."""
    text = b"*IDENTIFICATION\r\n  ID : SPC Setup & Data File\r\n  Title : made\r\n*END\r\n"
    head = np.zeros(1, np.dtype(FILE_HEADER).newbyteorder("<"))
    infos = [_measured(block).tobytes() for block in blocks]
    infos_at = head.nbytes + len(text)
    blocks_at = infos_at + sum(map(len, infos))
    for name, value in {
        "revision": MODULE + REVISION, "header_valid": 0x5555, "chksum": 0x55AA,
        "info_offs": head.nbytes, "info_length": len(text), "meas_desc_block_offs": infos_at,
        "no_of_meas_desc_blocks": len(blocks), "meas_desc_block_length": len(infos[0]),
        "data_block_offs": blocks_at, "no_of_data_blocks": len(blocks),
        "data_block_length": blocks[0].counts.nbytes,
    }.items():  # fmt: skip
        head[name] = value
    content = head.tobytes() + text + b"".join(infos)
    for number, block in enumerate(blocks):
        content += _block(number, block, len(content))
    return content


def _measured(block: Block) -> NDArray[Any]:
    rows, columns, *_ = block.counts.shape if block.counts.ndim == 3 else (0, 0)
    info = np.zeros(1, np.dtype(MEASURE_INFO).newbyteorder("<"))
    values = {
        "adc_re": block.counts.shape[-1], "scan_x": columns, "scan_y": rows, "scan_rx": 1,
        "scan_ry": 1, "tac_r": block.tac_ns * 1e-9, "tac_g": block.gain,
    }  # fmt: skip
    for name, value in (values | block.info).items():
        info[name] = value
    for name, value in block.stop.items():
        info["StopInfo"][name] = value
    return info


def _block(number: int, block: Block, at: int) -> bytes:
    code = next(code for kind, code in TYPES.items() if np.dtype(kind) == block.counts.dtype)
    data = block.counts.tobytes()
    if block.compressed:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data_block", data)
        data = stream.getvalue()
    head = np.zeros(1, np.dtype(BLOCK_HEADER).newbyteorder("<"))
    for name, value in {
        "data_offs": at + head.nbytes, "next_block_offs": at + head.nbytes + len(data),
        "block_type": 8 + KINDS[block.kind] + code + 0x1000 * block.compressed,
        "meas_desc_block_no": number, "lblock_no": number, "block_length": block.counts.nbytes,
    }.items():  # fmt: skip
        head[name] = value
    return head.tobytes() + data
