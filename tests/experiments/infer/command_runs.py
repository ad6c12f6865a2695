"""Runs of the command `infer` on images that tests make, and what came of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner, Result

from experiments.infer.command import infer
from stomp_flim.cli.commands import CommandLine
from stomp_flim.errors import InputError
from tests.workloads.flim.decay_simulator import simulate

WIDTH_NS = 12.5 / 256
FEW = 0.05
"""Share of pixels that may slip through a flag."""


def image(
    tau_ns: float | list[tuple[float, float]] = 0.8, *, side: int = 8, seed: int = 1, **how: Any
) -> Any:
    """Draw an image of one decay: counts [side, side, bins], by default of 3,000 photons."""
    components = [(1.0, tau_ns)] if isinstance(tau_ns, float) else tau_ns
    scene = simulate(components, pixels=side**2, seed=seed, **({"photons": 3000} | how))
    return scene.counts.reshape(side, side, -1)


def saved(folder: Path, counts: Any, *, width_ns: Any = WIDTH_NS, **entries: Any) -> Path:
    """Write an image with the width of its bins."""
    np.savez(folder / "image.npz", counts=counts, bin_width_ns=width_ns, **entries)
    return folder / "image.npz"


def run(*arguments: object) -> Result:
    """Run the command as the command line does."""
    app = CommandLine()
    app.command()(infer)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(*arguments: object) -> str:
    """Run the command, which must refuse its input in one line, and return the message."""
    result = run(*arguments)
    assert isinstance(result.exception, InputError), result.output
    message = str(result.exception)
    assert "\n" not in message
    return message


@dataclass(frozen=True, eq=False)
class Outcome:
    """A report and the arrays of a results file."""

    report: dict[str, Any]
    arrays: dict[str, Any]

    @property
    def valid(self) -> Any:
        """Pixels without a flag."""
        return self.arrays["mask"]

    @property
    def warnings(self) -> str:
        """All that was warned of."""
        return "\n".join(self.report["warnings"])

    def median_ns(self, where: Any = ...) -> float:
        """Return the median lifetime of the valid pixels of some."""
        return float(np.median(self.arrays["mean_lifetime_ns"][where][self.valid[where]]))

    def require_right(self, truth_ns: float, within: float = 0.1, where: Any = ...) -> None:
        """Require that most of some pixels are valid and right."""
        assert self.valid[where].mean() > 0.8
        assert abs(self.median_ns(where) / truth_ns - 1) < within

    def require_right_or_flagged(
        self, truth_ns: float, within: float = 0.1, where: Any = ...
    ) -> None:
        """Require that pixels are right, or hardly any is valid and a warning says why."""
        if self.valid[where].mean() > FEW:
            assert abs(self.median_ns(where) / truth_ns - 1) < within
        else:
            assert self.report["warnings"]


def outcome(folder: Path, file: Path, *options: object) -> Outcome:
    """Run the command on a file; its report must be JSON as the standard has it."""
    out = folder / "lifetimes.npz"
    result = run("--input", file, "--out", out, "--no-figure", "--json", *options)
    assert result.exit_code == 0, result.exception or result.output
    report = json.loads(result.stdout, parse_constant=_no_number)
    with np.load(out) as arrays:
        return Outcome(report, dict(arrays))


def inferred(folder: Path, counts: Any, *options: object, **entries: Any) -> Outcome:
    """Run the command on an image."""
    return outcome(folder, saved(folder, counts, **entries), *options)


def _no_number(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")
