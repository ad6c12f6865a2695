"""The command `import`: from an ONNX file to a network file with weights, run and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stomp_flim.cli.commands import DIFFERS
from stomp_flim.cli.lists import AsJson
from stomp_flim.errors import InputError
from stomp_flim.files import output_folder, replacing

if TYPE_CHECKING:
    from hwmodels.gru.quantization import Quantized
    from workloads.imported import Imported
    from workloads.imported.compare.verdict import Verdict
    from workloads.imported.graph import Array


def import_model(
    model: Annotated[Path, typer.Argument(help="Model, .onnx.", metavar="MODEL.onnx")],
    out: Annotated[Path, typer.Option(help="Folder for network.toml and .npz of weights.")],
    steps: Annotated[
        int | None, typer.Option(help="Time steps, where the file leaves their number open.")
    ] = None,
    inputs: Annotated[
        Path | None, typer.Option(help="Inputs by their names, .npz. Default: random ones alone.")
    ] = None,
    compare_with: Annotated[
        Path | None,
        typer.Option(
            "--compare", help="What your framework made of --inputs, .npz by names of outputs."
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="Largest difference that agrees, of an output's largest value. Default: 1e-4, "
            "what single precision explains."
        ),
    ] = None,
    quantize: Annotated[
        int | None,
        typer.Option(help="Also write kernel.npz: integers of so many bits for the GRU kernel."),
    ] = None,
    stored_bits: Annotated[
        int | None,
        typer.Option(
            help="Bits in which these integers store and blend the state, at least those of "
            "--quantize. Default: as many."
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(help="Inputs that set the formats of integers, .npz. Default: --inputs."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a network from an ONNX model: what it is, what it computes, whether that is right."""
    from stomp_flim.interchange.numpy_files import read_archive
    from workloads.imported import load
    from workloads.imported.compare.verdict import TOLERANCE, compare

    tolerance = TOLERANCE if tolerance is None else tolerance
    if compare_with is not None and inputs is None:
        raise InputError(
            f"--compare {compare_with} without --inputs, expected what your framework was given"
        )
    if quantize is not None and calibration is None and inputs is None:
        raise InputError(
            f"--quantize {quantize} without --calibration or --inputs, expected inputs such as the "
            "network will see"
        )
    if stored_bits is not None and quantize is None:
        raise InputError(f"--stored-bits {stored_bits} without --quantize, expected both")
    if not 0 < tolerance < 1:
        raise InputError(f"--tolerance is {tolerance}, expected a number between 0 and 1")
    loaded = load(model, steps)
    given = None if inputs is None else read_archive(inputs, "an .npz file of inputs")
    report = loaded.understood()
    runs = {"random": loaded.run(loaded.random_inputs())}
    if given is not None:
        runs["given"] = loaded.run(given)
    report["runs"] = {name: _ranges(outputs) for name, outputs in runs.items()}
    report["network"] = not report["not_placed"]
    if report["network"]:
        report["reference_difference"] = loaded.differences()
        report["network"] = loaded.gives_outputs
    verdict = None
    if given is not None and compare_with is not None:
        expected = read_archive(compare_with, "an .npz file of outputs")
        verdict = compare(loaded, given, expected, tolerance, str(compare_with))
        finite = {name: e if isfinite(e) else None for name, e in verdict.errors.items()}
        report["compared"] = asdict(verdict) | {"errors": finite, "agrees": verdict.agrees}
    quantized = None
    if quantize is not None:
        seen = given if calibration is None else read_archive(calibration, "an .npz file of inputs")
        quantized = loaded.quantize(quantize, seen or {}, stored=stored_bits)
        report["integers"] = _formats(quantized)
    arrays = given if given is not None else loaded.random_inputs()
    archives = {"inputs.npz": arrays, "outputs.npz": list(runs.values())[-1]}
    if report["network"]:
        archives["weights.npz"] = loaded.weights
    if quantized is not None:
        archives["kernel.npz"] = quantized.weights
    _write(output_folder(out), loaded, archives, report)
    typer.echo(json.dumps(report, indent=2) if as_json else _text(report, verdict, out))
    if not report["network"] or (verdict is not None and not verdict.agrees):
        raise typer.Exit(DIFFERS)


def _ranges(outputs: Mapping[str, Array]) -> dict[str, Any]:
    return {
        name: {
            "shape": list(values.shape),
            "least": float(values.min()) if values.size else None,
            "greatest": float(values.max()) if values.size else None,
        }
        for name, values in outputs.items()
    }


def _formats(quantized: Quantized) -> dict[str, Any]:
    """Return formats and errors of integers, as JSON can hold them."""
    points = quantized.specification.arithmetic.points()
    errors = {"outputs": quantized.outputs, "states": quantized.states}
    return {
        "formats": {name: str(point) for name, point in points.items()},
        "errors": {
            name: asdict(error) | {"relative": error.relative} for name, error in errors.items()
        },
        "bounds": quantized.bounds,
    }


def _write(
    folder: Path,
    model: Imported,
    archives: Mapping[str, Mapping[str, Array]],
    report: dict[str, Any],
) -> None:
    """Write all files or none, and name them in the report, which is the same in any folder."""
    import numpy as np

    from hwmodels.network_file import write_network

    names = [*archives, *(["network.toml"] if report["network"] else []), "understood.json"]
    report["written"] = names
    with ExitStack() as stack:
        for name, arrays in archives.items():
            temporary = stack.enter_context(replacing(folder / name))
            np.savez_compressed(temporary, allow_pickle=False, **arrays)
        temporary = stack.enter_context(replacing(folder / "understood.json"))
        temporary.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        if report["network"]:
            write_network(model.network, folder / "network.toml")


def _text(report: dict[str, Any], verdict: Verdict | None, folder: Path) -> str:
    from workloads.imported.understood import text

    lines = [text(report)]
    for kind, outputs in report["runs"].items():
        for name, values in outputs.items():
            span = f"{values['least']:.6g} to {values['greatest']:.6g}" if values["shape"] else ""
            lines.append(f"run       on {kind} inputs: {name} {values['shape']}, {span}")
    for name, difference in report.get("reference_difference", {}).items():
        given = f"give {name} to" if report["network"] else f"do not give {name}: they are off by"
        lines.append(f"checked   the equations of its cells {given} {difference:.1e}")
    if verdict is not None:
        lines += _judged(verdict)
    if "integers" in report:
        error = report["integers"]["errors"]["outputs"]["relative"]
        lines.append(f"integers  outputs are off by {error:.2%} of their root mean square")
    if not report["network"]:
        lines.append(f"network   none: {_why(report)} keeps it from being one")
    written = ", ".join(str(folder / name) for name in report["written"])
    return "\n".join([*lines, f"written   {written}"])


def _why(report: dict[str, Any]) -> str:
    return "what has no place above" if report["not_placed"] else "what its cells do not give"


def _judged(verdict: Verdict) -> list[str]:
    lines = []
    for name, error in verdict.errors.items():
        if name in verdict.shapes:
            found, expected = map(list, verdict.shapes[name])
            lines.append(f"compared  {name} differs: shape {found}, in your framework {expected}")
            continue
        state = "agrees" if error <= verdict.tolerance else "differs"
        lines.append(f"compared  {name} {state}: {error:.1e} of its largest value")
    if verdict.agrees:
        return lines
    if verdict.reason is None:
        return [*lines, f"reason    none of the {verdict.tried} that were tried explains it"]
    reason = verdict.reason
    part = "" if reason.explains else " in part"
    return [
        *lines,
        f"reason    in your framework {reason.what}",
        f"          which explains it{part}: {reason.error:.1e} is left",
    ]
