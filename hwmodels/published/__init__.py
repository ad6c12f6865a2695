"""The server counts of the published scheduling runs, as a platform."""

from __future__ import annotations

from stomp_flim.model.platform import Platform

DEVICE_NAME = "xc7k410t"
"""The FPGA that the same authors made their accelerator for (arXiv 2410.07364)."""


def published() -> Platform:
    """Servers of arXiv 2410.07364: 128 vector units ("DSP"), 128 + 128 + 256 memory ports.

    A "DSP" server multiplies or adds one scalar with one row of weights: it is a vector unit as
    wide as the hidden state (32 lanes for Seq2SeqLite), so 128 of them are not 128 DSP slices. The
    clock is that of the published HLS designs.

    Examples
    --------
    >>> from hwmodels.published import published
    >>> published().servers["DSP"], published().clock_ns
    (128, 4.5)
    """
    servers = {"DSP": 128, "Shared mem": 128, "Const mem": 128, "data mem": 256}
    return Platform(servers, clock_ns=4.5, name="published")
