"""Sequences of our own making for the kernel: seeded weights and counts, and what comes of them.

The checksums are those of `gru_equations`, which share no code with the kernel. They stand here so
that neither can change unnoticed.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from hashlib import sha256

import numpy as np

from hwmodels.gru.weights import Weights, seeded_weights
from hwmodels.network import SEQ2SEQLITE

SEQUENCES = 8
CODES = "61b2a75a950e1b7f73f859d8526d86db55e4fad7218794671b0829d82f63bc8d"
STATES = "bde45801276eb038e33b9252e44ea82697dbd0a18f741f777589e1e9dfa72e79"
OUTPUTS = "6ef4a75e347c6853009474f92ba6b04077bafeee0712eb9ba6657f29c9fbb771"
"""Of the input codes, the encoder's last states and the outputs of all sequences."""


@cache
def weights() -> Weights:
    """Return weights of the published size, 8 bits each."""
    return seeded_weights(SEQ2SEQLITE, 7)


@cache
def counts() -> np.ndarray:
    """Return photon counts in 135 bins of 0.09 ns: bi-exponential decays behind a sharp response.

    Only integers are drawn and shifted, so that no machine rounds them differently: in every bin
    behind the peak the counts of a component fall by a fixed share, and noise is added.
    """
    random = np.random.default_rng(0)
    record = random.integers(0, 4, (SEQUENCES, 135))
    for row in record:
        peak = int(random.integers(30, 60))
        for _ in range(2):
            level, share = int(random.integers(1_000, 30_000)), int(random.integers(20, 120))
            for bin_ in range(peak, 135):
                row[bin_] += level
                level -= level * share >> 10
    return record


def input_codes() -> np.ndarray:
    """Return the shares of the peak above the mean of ten bins, floored to 14 bits, exactly."""
    rows = []
    for row in counts().tolist():
        background = Fraction(sum(row[:10]), 10)
        above = [max(count - background, Fraction(0)) for count in row]
        rows.append([int(value / max(above) * 2**14) for value in above])
    return np.array(rows, np.int16)


def checksum(codes: object) -> str:
    """Return the SHA-256 of integers as 32 bits each, the last axis first to change."""
    return sha256(np.ascontiguousarray(codes, "<i4").tobytes()).hexdigest()
