"""The commands that are interrupted: small inputs, and the files that they leave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

INPUTS = ("image.npy", "run.json", "t.trc")


@dataclass(frozen=True)
class Command:
    """What is run in a folder with the inputs of `write_inputs`.

    Attributes
    ----------
    arguments : tuple of str
        Of ``stomp-flim``.
    outputs : tuple of str
        Files, relative to the folder. Each run writes them anew, and always the same.
    journal : str, optional
        File of finished points. It is appended to: after an interruption it may also hold a line
        that is cut off.
    """

    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    journal: str | None = None


def _command(arguments: str, outputs: str) -> Command:
    return Command(tuple(arguments.split()), tuple(outputs.split()))


def _sweep(name: str, options: str, outputs: str) -> Command:
    return Command(
        (name, "--out", "results", "--jobs", "1", *options.split()),
        tuple(f"results/{output}" for output in outputs.split()),
        f"results/{name}.journal",
    )


COMMANDS = {
    "speedup": _sweep(
        "speedup",
        "--pixels 1,2 --model seq2seqlite --stage encoder --policy manual --policy fifo",
        "speedup.csv speedup.png speedup.svg report.html study.toml",
    ),
    "compare": _sweep(
        "compare",
        "--pixels 1,2 --policy fifo --policy hlfet",
        "compare.csv compare.png compare.svg verdict.txt study.toml",
    ),
    "frame": _sweep(
        "frame",
        "--pixels 8 --slots 1,2 --steps 1 --policy fifo",
        "frame.csv marks.csv frame.png frame.svg study.toml",
    ),
    "infer": _command(
        "infer --input image.npy --bin-width 0.09 --out l.npz --tiff l.tif",
        "l.npz l.tif l.png l.study.toml",
    ),
    "run": _command(
        "run --stomp run.json --trace t.trc --schedule s.csv --perfetto p.json", "s.csv p.json"
    ),
}


def write_inputs(folder: Path) -> None:
    """Write an image of 5 x 5 decays, and a STOMP run of 200 tasks."""
    random = np.random.default_rng(12)
    time = np.arange(135) * 0.09
    decays = random.poisson(200 * np.exp(-time / 0.9), size=(5, 5, len(time)))
    np.save(folder / "image.npy", np.roll(decays, 47, axis=2).astype(np.uint16))
    config = {
        "simulation": {
            "sched_policy_module": "task_policies.simple_policy_ver2",
            "max_tasks_simulated": 200,
            "servers": {"DSP": {"count": 1}, "mem": {"count": 1}},
            "tasks": {"fft": {"mean_service_time": {"DSP": 5, "mem": 20}}},
        }
    }
    (folder / "run.json").write_text(json.dumps(config))
    tasks = "".join(f"{4 * number},fft,5,20\n" for number in range(200))
    (folder / "t.trc").write_text(f"DSP,mem\n{tasks}")
