"""The command `infer`: from a measured FLIM image to lifetimes, bit-true to the accelerator.

The results file is a NumPy archive with, for an image of R x C pixels after binning,

====================  =======================  ==================================================
array                 shape and type           meaning
====================  =======================  ==================================================
``y``                 int16[R, C, 135, 3]      outputs as integer codes: decay, short, long part
``y_fraction_bits``   int                      fractional bits of these codes: value = y * 2^-bits
``lifetimes_ns``      float64[R, C, 3]         lifetime of decay, short and long component in ns
``fraction``          float64[R, C]            amplitude fraction of the short component
``mean_lifetime_ns``  float64[R, C]            amplitude-weighted mean lifetime in ns
``intensity``         [R, C], as the input     counts over the whole record
``mask``              bool[R, C]               pixels with enough counts and light above their
                                               background; the others hold 0 in ``y``, else NaN
``bin_width_ns``      float                    width of an output step in ns
``provenance``        str                      JSON: input, weights, options, version
====================  =======================  ==================================================
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer

from experiments.shared.output import image as image_file
from experiments.shared.progress import progress
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.preprocess import BASELINE_BINS
from stomp_flim import __version__
from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.study import resolved
from stomp_flim.errors import InputError
from stomp_flim.files import replacing, writing
from workloads.flim import zoo
from workloads.flim.data.measured import MeasuredImage, bin_pixels
from workloads.flim.data.reading import TimeAxis, read
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS
from workloads.flim.lifetimes.inference import LifetimeImage, infer_image

SEED = 0
"""Seed of the image that stands in where none is given."""

UNSEEN_BINS = 0.5
"""Bins of the network's window without a record that are worth a warning."""

FIGURES, TIFFS = (".png", ".svg", ".pdf"), (".tif", ".tiff")


def infer(
    input_file: Annotated[
        Path | None,
        typer.Option(
            "--input", help="FLIM image: .sdt, .ptu, .npz, .npy, .tif. Default: a synthetic one."
        ),
    ] = None,
    weights_file: Annotated[
        Path | None,
        typer.Option(
            "--weights", help="Weights, .npz of integer codes. Default: a trained network."
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            help=f"Trained network of the zoo. Default: {zoo.DEFAULT}, for 0.2 to 1.5 ns; "
            f"{zoo.WIDE} is for 0.05 to 3 ns, {zoo.SIXTEEN_BITS} has 16 bits."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Results, .npz.")] = Path("lifetimes.npz"),
    figure: Annotated[
        Path | None,
        typer.Option(help="Lifetime image: .png, .svg or .pdf. Default: beside the results, .png."),
    ] = None,
    no_figure: Annotated[bool, typer.Option("--no-figure", help="Draw no figure.")] = False,
    tiff: Annotated[
        Path | None, typer.Option(help="Also write lifetimes, fraction, counts and mask as TIFF.")
    ] = None,
    bin_width: Annotated[
        float | None,
        typer.Option(help="Width of a time bin in ns, where the file has none (135 bins: 0.09)."),
    ] = None,
    channel: Annotated[
        int | None, typer.Option(help="Detector channel from 0, where the file has several.")
    ] = None,
    time_axis: Annotated[
        TimeAxis | None,
        typer.Option(help="Time axis of an array. Default: first in TIFF, last in NPY and NPZ."),
    ] = None,
    pixel_binning: Annotated[int, typer.Option(help="Sum blocks of K x K pixels.")] = 1,
    min_photons: Annotated[float, typer.Option(help="Mask pixels with fewer counts.")] = 100,
    peak_bin: Annotated[
        int | None,
        typer.Option(
            help="Move the image's peak to this time bin. Default: to 47, if not in 35 to 59."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute lifetimes of a measured FLIM image with the integer network, bit-true."""
    files = _outputs(out, None if no_figure else figure or out.with_suffix(".png"), tiff)
    for given in (input_file, weights_file):
        if given is not None and given.resolve() in {path.resolve() for path in files.values()}:
            raise InputError(f"{given}: is an input and would be overwritten, name another output")
    if not 0 <= min_photons < float("inf"):
        raise InputError(f"--min-photons is {min_photons}, expected a finite number >= 0")
    weights, weights_name, arithmetic = _weights(weights_file, network)
    image = bin_pixels(
        _image(input_file, bin_width=bin_width, channel=channel, time_axis=time_axis),
        pixel_binning,
    )
    with ExitStack() as stack:  # opened before the work: what cannot be written is known at once
        temporary = {kind: stack.enter_context(replacing(path)) for kind, path in files.items()}
        start = time.perf_counter()
        with progress() as report_progress:
            result = infer_image(
                image,
                weights,
                arithmetic=arithmetic,
                min_photons=min_photons,
                peak_bin=peak_bin,
                progress=partial(report_progress, "pixels"),
            )
        seconds = time.perf_counter() - start
        report = _report(image, result, weights_name, pixel_binning, min_photons)
        origin = _origin(input_file, weights)
        with writing(out):
            _write_results(temporary["out"], result, report | origin)
        if tiff is not None:
            with writing(tiff):
                _write_tiff(temporary["tiff"], result)
        if "figure" in temporary:
            with writing(files["figure"]):
                _write_figure(temporary["figure"], result, "Mean lifetime (ns)")
    report |= {kind: str(path) for kind, path in files.items()}
    report |= {"seconds": seconds, "pixels_per_second": report["valid_pixels"] / seconds}
    typer.echo(json.dumps(report, indent=2) if as_json else _text(report))


def _outputs(out: Path, figure: Path | None, tiff: Path | None) -> dict[str, Path]:
    files = {"out": (out, (".npz",)), "figure": (figure, FIGURES), "tiff": (tiff, TIFFS)}
    named: dict[str, Path] = {}
    for kind, (path, suffixes) in files.items():
        if path is None:
            continue
        if path.suffix.lower() not in suffixes:
            raise InputError(f"{path}: suffix {path.suffix!r}, expected {' or '.join(suffixes)}")
        named[kind] = path
    return named


def _weights(
    path: Path | None, name: str | None
) -> tuple[Mapping[str, npt.NDArray[Any]], str, Arithmetic]:
    """Return weights, what to call them, and their arithmetic."""
    from hwmodels.gru.weights import network_of, read_weights

    if path is None:
        name = name or zoo.DEFAULT
        resolved(network=name)
        entry = zoo.read(name)
        low, high = entry.lifetimes_ns
        about = (
            f"{name} of the zoo, for lifetimes of {low:g} to {high:g} ns, "
            f"trained on {entry.card['date']}"
        )
        return entry.weights, about, entry.specification.arithmetic
    if name is not None:
        raise InputError(f"--weights {path} and --network {name} are given, expected one of them")
    weights = read_weights(path)
    network = network_of(weights, STEPS, source=str(path))
    if (network.inputs, network.outputs) != (1, 3):
        raise InputError(
            f"{path}: a network of {network.inputs} input(s) and {network.outputs} output(s), "
            "expected 1 input and 3 outputs"
        )
    return weights, str(path), SEQ2SEQLITE_8_BIT


def _image(
    path: Path | None, *, bin_width: float | None, channel: int | None, time_axis: TimeAxis | None
) -> MeasuredImage:
    if path is not None:
        return read(path, bin_width_ns=bin_width, channel=channel, time_axis=time_axis)
    from workloads.flim.data.tpsf import synthetic_image

    return synthetic_image(seed=SEED).image


def _report(
    image: MeasuredImage, result: LifetimeImage, weights: str, binning: int, min_photons: float
) -> dict[str, Any]:
    """Return what was computed, as `--json` prints it and the results file keeps it."""
    bins, decay = result.time_bins, image.counts.sum(axis=(0, 1))
    unseen = 1 - bins.coverage
    before, behind = unseen[:BASELINE_BINS].sum(), unseen[STEPS // 2 :].sum() * BIN_WIDTH_NS
    warnings = []
    if before > UNSEEN_BINS:
        warnings.append(
            f"{before:.1f} of the {BASELINE_BINS} bins that show the background lie before the "
            "record: "
            + (
                "it is taken from the record's first bins"
                if bins.background_known
                else "too little background may be subtracted"
            )
        )
    if behind > UNSEEN_BINS * BIN_WIDTH_NS:
        warnings.append(
            f"the record ends {behind:.2f} ns before the network's time window: "
            "long lifetimes may come out too short"
        )
    valid = result.lifetimes.mean_ns[result.mask]
    return {
        "version": __version__,
        "input": image.source,
        "weights": weights,
        "rows": image.shape[0],
        "columns": image.shape[1],
        "pixel_binning": binning,
        "min_photons": min_photons,
        "valid_pixels": int(result.mask.sum()),
        "counts": float(decay.sum()),
        "counts_in_window": float(bins.resample(decay).sum()),
        "record_bins": image.bins,
        "record_bin_width_ns": image.bin_width_ns,
        "shift_ns": bins.shift_ns,
        "mean_lifetime_ns": {
            name: float(np.quantile(valid, share))
            for name, share in (("q25", 0.25), ("median", 0.5), ("q75", 0.75))
        },
        "warnings": warnings,
    }


def _origin(path: Path | None, weights: Mapping[str, npt.NDArray[Any]]) -> dict[str, str | None]:
    """Return checksums: a path alone does not say which content it had."""
    from hwmodels.gru.weights import checksum

    digest = None
    if path is not None:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"input_sha256": digest, "weights_sha256": checksum(weights)}


def _write_results(path: Path, result: LifetimeImage, provenance: dict[str, Any]) -> None:
    np.savez(
        path,
        y=result.y,
        y_fraction_bits=result.output.fraction,
        lifetimes_ns=result.lifetimes.tau_ns,
        fraction=result.lifetimes.fraction,
        mean_lifetime_ns=result.lifetimes.mean_ns,
        intensity=result.intensity,
        mask=result.mask,
        bin_width_ns=BIN_WIDTH_NS,
        provenance=json.dumps(provenance),
    )


def _write_tiff(path: Path, result: LifetimeImage) -> None:
    """Write a float32 stack whose pages carry labels that ImageJ shows."""
    import tifffile

    tau = np.moveaxis(result.lifetimes.tau_ns, -1, 0)
    pages = {
        "mean lifetime (ns)": result.lifetimes.mean_ns,
        "lifetime of the decay (ns)": tau[0],
        "short lifetime (ns)": tau[1],
        "long lifetime (ns)": tau[2],
        "fraction of the short component": result.lifetimes.fraction,
        "counts": result.intensity,
        "mask": result.mask,
    }
    stack = np.stack([page.astype(np.float32) for page in pages.values()])
    metadata = {"axes": "CYX", "Labels": list(pages), "mode": "grayscale"}
    tifffile.imwrite(path, stack, imagej=True, metadata=metadata)


def _write_figure(path: Path, result: LifetimeImage, label: str) -> None:
    from matplotlib.figure import Figure

    from workloads.flim.plots.lifetime_image import lifetime_image

    figure = Figure(figsize=(7.2, 4.4))
    ax, tau_ns = figure.add_subplot(), result.lifetimes.mean_ns
    lifetime_image(tau_ns, result.intensity, result.mask, label=label, ax=ax)
    path.write_bytes(image_file(figure, path.suffix.lower().removeprefix("."), tight=True))


def _text(report: dict[str, Any]) -> str:
    pixels, lifetime = report["rows"] * report["columns"], report["mean_lifetime_ns"]
    lines = [
        f"image     {report['input']}: {report['rows']} x {report['columns']} pixels, "
        f"{report['record_bins']} bins of {report['record_bin_width_ns']:.4g} ns, "
        f"{report['counts']:.4g} counts",
        f"weights   {report['weights']}",
        f"time      moved by {report['shift_ns']:.3g} ns, "
        f"{report['counts_in_window'] / report['counts']:.1%} of the counts in the window",
        f"pixels    {report['valid_pixels']} of {pixels} computed in {report['seconds']:.2f} s",
        f"lifetime  mean, median {lifetime['median']:.3f} ns, "
        f"half of the pixels in {lifetime['q25']:.3f} to {lifetime['q75']:.3f} ns",
        *(f"warning   {warning}" for warning in report["warnings"]),
        "written   "
        + ", ".join(report[kind] for kind in ("out", "figure", "tiff") if kind in report),
    ]
    return "\n".join(lines)
