"""Files of other programs, which their libraries read and do not write."""

from __future__ import annotations

import json
import struct

import numpy as np

_FLIM = """<Element Name="{name}" UniqueID="b"><Data>
<SingleMoleculeDetection IsImage="true">
<Dataset><RawData><LaserPulseFrequency>80000000</LaserPulseFrequency><ClockPeriod>9.7e-11</ClockPeriod>
<PixelTime>1e-6</PixelTime><Format>FLIM Compressed</Format><VoxelSizeX>1e-6</VoxelSizeX>
<VoxelSizeY>1e-6</VoxelSizeY><Dimensions>
<Dimension><DimensionIdentifier>X</DimensionIdentifier><Size>6</Size></Dimension>
<Dimension><DimensionIdentifier>Y</DimensionIdentifier><Size>4</Size></Dimension>
</Dimensions></RawData></Dataset></SingleMoleculeDetection></Data>
<Memory Size="0" MemoryBlockID="MemBlock_1"/></Element>"""
_PICTURE = """<Element Name="{name}" UniqueID="c"><Data><Image><ImageDescription><Channels>
<ChannelDescription DataType="0" ChannelTag="0" Resolution="8" BytesInc="0"
NameOfMeasuredQuantity="" Min="0" Max="255" Unit="" LUTName="Gray" IsLUTInverted="0" BitInc="0"/>
</Channels><Dimensions>
<DimensionDescription DimID="1" NumberOfElements="6" Origin="0" Length="1" Unit="m" BytesInc="1"
BitInc="0"/>
<DimensionDescription DimID="2" NumberOfElements="4" Origin="0" Length="1" Unit="m" BytesInc="6"
BitInc="0"/></Dimensions></ImageDescription></Image></Data>
<Memory Size="24" MemoryBlockID="MemBlock_2"/></Element>"""


def lif_file(*images: str, picture: str = "overview") -> bytes:
    """Return a file of Leica with photons of these names, and a picture."""
    elements = "".join(_FLIM.format(name=name) for name in images)
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="made" UniqueID="a"><Children>'
        f"{elements}{_PICTURE.format(name=picture)}</Children></Element></LMSDataContainerHeader>"
    )
    head = struct.pack("<IIBI", 0x70, 2 * len(xml) + 5, 0x2A, len(xml)) + xml.encode("utf-16-le")
    name = "MemBlock_2"
    block = struct.pack("<IIBQBI", 0x70, 10 + 2 * len(name), 0x2A, 24, 0x2A, len(name))
    return head + block + name.encode("utf-16-le") + bytes(range(24))


def phu_file(curves: list[tuple[np.ndarray, float, int]]) -> bytes:
    """Return decay curves of PicoQuant, each with its resolution in s and its sync rate in Hz."""

    def tag(name: str, index: int, code: int, value: bytes) -> bytes:
        return struct.pack("<32siI", name.encode(), index, code) + value

    def integer(name: str, value: int, index: int = -1) -> bytes:
        return tag(name, index, 0x10000008, struct.pack("<q", value))

    size = 16 + 48 * (2 + 4 * len(curves))
    tags = [integer("HistoResult_NumberOfCurves", len(curves))]
    offset = size
    for number, (curve, width_s, rate) in enumerate(curves):
        tags += [
            integer("HistResDscr_DataOffset", offset, number),
            integer("HistResDscr_HistogramBins", len(curve), number),
            integer("HistResDscr_SyncRate", rate, number),
            tag("HistResDscr_MDescResolution", number, 0x20000008, struct.pack("<d", width_s)),
        ]
        offset += 4 * len(curve)
    tags.append(tag("Header_End", -1, 0xFFFF0008, bytes(8)))
    head = b"PQHISTO\0" + b"1.0.00\0\0" + b"".join(tags)
    return head + b"".join(curve.astype("<u4").tobytes() for curve, _, _ in curves)


def picoquant_file(counts: np.ndarray, width_ns: float) -> bytes:
    """Return an image as PicoQuant's program exports it."""
    rows, columns, bins = counts.shape
    head = struct.pack("<IIfIf", columns, rows, 0.5, bins, width_ns)
    return head + counts.astype("<u4").tobytes()


def flimlabs_file(images: dict[int, np.ndarray], channels: int, period_ns: float) -> bytes:
    """Return images of 256 bins, by the number of their channel, as FLIM LABS writes them."""
    rows, columns, _ = next(iter(images.values())).shape
    header = {
        "file_id": [73, 77, 71, 49],
        "laser_period_ns": period_ns,
        "channels": [number in images for number in range(channels)],
        "image_height": rows,
        "image_width": columns,
    }
    data = [
        [
            [[bin_, int(pixel[bin_])] for bin_ in np.flatnonzero(pixel).tolist()]
            for pixel in image.reshape(rows * columns, -1)
        ]
        for _, image in sorted(images.items())
    ]
    return json.dumps({"header": header, "data": data}).encode()
