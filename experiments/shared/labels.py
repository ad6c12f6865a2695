"""What tables and figures of all experiments call policies, and how they give a gap."""

from __future__ import annotations

from pathlib import Path

from stomp_flim.model.platform import Platform


def policy_label(policy: str) -> str:
    """Return the name of a policy for tables and figures: a file is shown without its folder."""
    of_stomp = "stomp:" if policy.startswith("stomp:") else ""
    name, colon, rest = policy.removeprefix(of_stomp).partition(":")
    return f"{of_stomp}{Path(name).name if name.endswith('.py') else name}{colon}{rest}"


def servers_text(platform: Platform) -> str:
    """Return the servers of a platform: ``"128 DSP, 256 data mem"``."""
    return ", ".join(f"{count} {name}" for name, count in platform.servers.items())


def gap_text(gap: float) -> str:
    """Format a gap; only that of a proven optimum is 0%."""
    if gap == 0:
        return "0%"
    if gap < 0.001:
        return "<0.1%"
    return f"{gap:.1%}" if gap < 1 else f"{gap:,.0%}"
