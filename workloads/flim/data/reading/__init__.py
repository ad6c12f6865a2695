"""Measured FLIM images from files, and what is in files.

==========  =============================================  =========================  ===========
suffix      read as                                        width of a time bin        laser period
==========  =============================================  =========================  ===========
.sdt        Becker & Hickl: image blocks, else curves      in the file, by block      rates
.ptu        PicoQuant T3: image, or a point, by detector   in the file                in the file
.phu        PicoQuant: decay curves, one pixel each        in the file, by curve      rates
.npz        array ``counts`` [rows, columns, bins]         array ``bin_width_ns``     ``period_ns``
.npy        array [rows, columns, bins]                    argument                   unknown
.tif .tiff  stack of counts, one page a time bin, unless   modulo annotation of       unknown
            its axes say another one                       OME-TIFF, else argument
.b&h .bhz   SimFCS: histograms of 256 x 256 pixels         argument                   unknown
.bin        PicoQuant: exported histograms                 in the file                unknown
.json       FLIM LABS: histograms by channel               in the file                in the file
.lif        Leica: said what is in it; export it as PTU
==========  =============================================  =========================  ===========

The last four need libraries of the extra ``flim``. Where the width is an argument it may be left
out for an image with the time axis of the published accelerator, 135 bins (of 0.09 ns).

Examples
--------
>>> import numpy as np
>>> from workloads.flim.data.reading import read
>>> np.savez("decays.npz", counts=np.ones((2, 3, 135)), bin_width_ns=0.09)
>>> read("decays.npz").shape
(2, 3)
"""

from __future__ import annotations

from workloads.flim.data.reading.images import read, read_frames
from workloads.flim.data.reading.listing import Contents, Entry, contents
from workloads.flim.data.reading.part import TimeAxis
from workloads.flim.data.reading.paths import expand

__all__ = ["Contents", "Entry", "TimeAxis", "contents", "expand", "read", "read_frames"]
