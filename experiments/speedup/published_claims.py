"""What arXiv 2410.07364 claims for automated scheduling, to be set beside what is simulated."""

from __future__ import annotations

from stomp_flim.plots.speedup import Claim

SOURCE = "arXiv 2410.07364"

CLAIMS = {
    "seq2seq": Claim(64, 17.7, SOURCE),
    "seq2seqlite": Claim(256, 52.0, SOURCE),
}
"""Speed-up of a whole inference over manual scheduling, by workload.

The abstract does not define its manual baseline. One pixel at a time comes close to both figures.
"""
