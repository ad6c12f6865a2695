"""The command `infer`: from measured FLIM images to lifetimes that say what they are worth.

The results file is a NumPy archive with, for an image of R x C pixels after binning and a method of
K components,

====================  =======================  ==================================================
array                 shape and type           meaning
====================  =======================  ==================================================
``mean_lifetime_ns``  float64[R, C]            amplitude-weighted mean lifetime in ns
``uncertainty_ns``    float64[R, C]            half width of the band around it that holds the
                                               lifetime with 97%, as the counts say
``lifetimes_ns``      float64[R, C, 1 + K]     lifetime of the whole decay, then of its components
                                               from the short to the long one; NaN of a component
                                               that is not there
``share``             float64[R, C, K]         shares of the components in the amplitude
``fraction``          float64[R, C]            share of the short one
``chi_square``        float64[R, C]            reduced, of the counts against the result
``background``        float64[R, C]            counts a bin that do not come from the decay
``intensity``         [R, C], as the input     counts over the whole record
``flags``             uint16[R, C]             bits of `workloads.flim.lifetimes.quality.flags`
``mask``              bool[R, C]               valid pixels: those with a lifetime and no flag
``y``                 int16[R, C, 135, 3]      network: outputs as integer codes, decay, short and
                                               long part; 0 where it was not run
``y_fraction_bits``   int                      network: value = y * 2^-bits
``inferred``          bool[R, C]               network: pixels on which it was run
``bin_width_ns``      float                    network: width of an output step in ns
``provenance``        str                      JSON: input, weights, options, version
====================  =======================  ==================================================
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.infer.files import Wanted, checked
from experiments.infer.inputs import Reading, images, prepared
from experiments.infer.measuring import Told
from experiments.infer.outputs import summary
from experiments.infer.outputs.summary import Entry
from experiments.infer.report import checksum_of, report_of, text_of
from experiments.infer.results import Asked, Result, computed
from experiments.infer.writing import write
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from stomp_flim.cli.lists import AsJson, print_table
from stomp_flim.cli.study import resolved
from stomp_flim.errors import InputError
from stomp_flim.files import output_folder, replacing
from workloads.flim import zoo
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.data.reading import TimeAxis, expand
from workloads.flim.data.timebins import STEPS
from workloads.flim.lifetimes.methods import Fitting, Method, Trained
from workloads.flim.lifetimes.quality.judging import MOST_UNCERTAIN

DEFAULT_OUT, DEFAULT_FOLDER = Path("lifetimes.npz"), Path("lifetimes")
SUMMARY = "summary.csv"
"""Of several inputs, beside their files."""


def infer(
    input_files: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="FLIM image (see stomp-flim inspect), or a pattern such as '*.ptu'; repeatable. "
            "Default: a synthetic one.",
        ),
    ] = None,
    method: Annotated[Method, typer.Option(help="How lifetimes are found.")] = "network",
    compare: Annotated[
        Method | None, typer.Option(help="Another method on the same image, and the difference.")
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
    components: Annotated[int, typer.Option(help="Components of a fit at most, 1 to 3.")] = 2,
    lifetimes: Annotated[
        str,
        typer.Option(
            metavar="free|global|NS,NS",
            help="Lifetimes of a fit: each pixel's own, shared by all pixels, or known.",
        ),
    ] = "free",
    irf: Annotated[
        Path | None,
        typer.Option(help="Measured response: FLIM image or curve. Default: estimated."),
    ] = None,
    irf_width: Annotated[
        float | None, typer.Option(help="Full width at half maximum of the response in ns.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="FLIM image or curve of a dye of one known lifetime.")
    ] = None,
    reference_lifetime: Annotated[
        float | None, typer.Option(help="Lifetime of that dye in ns.")
    ] = None,
    period: Annotated[
        float | None, typer.Option(help="Laser period in ns, if not in the file.")
    ] = None,
    pulses: Annotated[
        float | None, typer.Option(help="Laser pulses that each pixel saw, to tell pile-up.")
    ] = None,
    background: Annotated[
        str,
        typer.Option(
            metavar="auto|COUNTS|FILE",
            help="Background: found, counts a bin, or a file with counts a bin of each pixel.",
        ),
    ] = "auto",
    gate: Annotated[
        float | None, typer.Option(help="Width of gates in ns, if it is not the width of a bin.")
    ] = None,
    window: Annotated[
        str | None, typer.Option(metavar="NS:NS", help="Part of the record that is used.")
    ] = None,
    region: Annotated[
        Path | None,
        typer.Option(help="Pixels that are meant: .npy or .tif with a number but 0 in each."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"Results, .npz; of several inputs a folder. Default: {DEFAULT_OUT}, or the "
            f"folder {DEFAULT_FOLDER}.",
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(help="Lifetime image: .png, .svg or .pdf. Default: beside the results, .png."),
    ] = None,
    no_figure: Annotated[bool, typer.Option("--no-figure", help="Draw no figure.")] = False,
    page: Annotated[
        Path | None, typer.Option(help="Page with map, histograms, phasors and decays, .html.")
    ] = None,
    tiff: Annotated[
        Path | None, typer.Option(help="Maps for ImageJ, .tif, or with named channels, .ome.tif.")
    ] = None,
    table: Annotated[Path | None, typer.Option(help="Table of pixels, .csv or .parquet.")] = None,
    bin_width: Annotated[
        float | None,
        typer.Option(help="Width of a time bin in ns, where the file has none (135 bins: 0.09)."),
    ] = None,
    channel: Annotated[
        int | None,
        typer.Option(
            help="Detector of a PTU file by its number, else image from 0, where there are several."
        ),
    ] = None,
    frames: Annotated[
        str | None,
        typer.Option(
            metavar="sum|all|N|N:N", help="Frames: summed, each alone, one, or a range summed."
        ),
    ] = None,
    time_axis: Annotated[
        TimeAxis | None,
        typer.Option(help="Time axis of an array. Default: first in TIFF, last in NPY and NPZ."),
    ] = None,
    pixel_binning: Annotated[int, typer.Option(help="Sum blocks of K x K pixels.")] = 1,
    min_photons: Annotated[float, typer.Option(help="Flag pixels with fewer counts.")] = 100,
    max_uncertainty: Annotated[
        float, typer.Option(help="Flag lifetimes that are uncertain by a larger share.")
    ] = MOST_UNCERTAIN,
    show_flagged: Annotated[
        bool, typer.Option("--show-flagged", help="Draw flagged pixels too.")
    ] = False,
    limits: Annotated[
        str | None, typer.Option(metavar="NS:NS", help="Range of the colours.")
    ] = None,
    pixel_um: Annotated[
        float | None, typer.Option(help="Edge of a pixel in um, for a scale bar.")
    ] = None,
    peak_bin: Annotated[
        int | None,
        typer.Option(
            help="Network: move the image's peak to this time bin. Default: to 47, if not in 35 to "
            "59."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute lifetimes of measured FLIM images with the integer network, or classical methods."""
    asked = Asked(
        method=method,
        network=_trained(weights_file, network) if "network" in (method, compare) else None,
        fitting=_fitting(components, lifetimes),
        compare=compare,
        min_photons=_at_least_0("--min-photons", min_photons),
        most_uncertain=_at_least_0("--max-uncertainty", max_uncertainty),
        peak_bin=peak_bin,
        limits_ns=_range(limits),
        show_flagged=show_flagged,
        pixel_um=pixel_um,
        told=Told(irf, reference, reference_lifetime, irf_width, gate, background, window, region),
    )
    if compare == method:
        raise InputError(f"--compare {compare} is the method itself, expected another one")
    paths: list[Path | None] = [*expand(input_files)] if input_files else [None]
    several = len(paths) > 1 or frames == "all"
    result_file = out or (DEFAULT_FOLDER if several else DEFAULT_OUT)
    picture = None if no_figure else figure or result_file.with_suffix(".png")
    difference = None
    if compare is not None and picture is not None:
        difference = picture.with_name(f"{picture.stem}-difference{picture.suffix}")
    run = _Run(
        asked,
        Reading(bin_width, channel, time_axis, frames),
        Wanted(result_file, picture, tiff, table, page, difference),
        (*paths, weights_file, irf, reference, region),
        {"pixel_binning": pixel_binning, "min_photons": min_photons},
        pulses,
        period,
    )
    if several:
        reports, entries = run.each(paths)
        if as_json:
            typer.echo(json.dumps(reports, indent=2))
        else:
            print_table(summary.printed(entries), whole=True)
            typer.echo(f"written   {result_file / SUMMARY} and the files of each input")
        return
    (image,) = images(paths[0], run.reading)
    report, _ = run.one(paths[0], image, run.wanted)
    typer.echo(json.dumps(report, indent=2) if as_json else text_of(report))


@dataclass(frozen=True, eq=False)
class _Run:
    """What is the same for all inputs of a command."""

    asked: Asked
    reading: Reading
    wanted: Wanted
    inputs: Sequence[Path | None]
    options: Mapping[str, Any]
    pulses: float | None
    period_ns: float | None

    def one(
        self, path: Path | None, image: MeasuredImage, wanted: Wanted
    ) -> tuple[dict[str, Any], Result]:
        """Compute an image, write its files, and return the report and the maps."""
        files = checked(vars(wanted), self.inputs)
        replaced = [kind for kind, file in files.items() if file.exists()]
        with (
            ExitStack() as stack
        ):  # opened before the work: what cannot be written is known at once
            temporary = {kind: stack.enter_context(replacing(file)) for kind, file in files.items()}
            start = time.perf_counter()
            prepared_image, flags = prepared(
                image, self.options["pixel_binning"], self.pulses, self.period_ns
            )
            result = computed(prepared_image, flags, self.asked)
            seconds = time.perf_counter() - start
            report = report_of(result, self.asked, self.options)
            origin = {"input_sha256": checksum_of(path)} | self._of_network()
            write(temporary, files, result, self.asked, report | origin)
        report |= {kind: str(file) for kind, file in files.items()}
        report |= {
            "written": [
                f"{file} (replaced)" if kind in replaced else str(file)
                for kind, file in files.items()
            ],
            "seconds": seconds,
            "pixels_per_second": report["computed_pixels"] / seconds,
        }
        return report, result

    def each(self, paths: Sequence[Path | None]) -> tuple[list[dict[str, Any]], list[Entry]]:
        """Compute several inputs into a folder; one that cannot be computed stops no other.

        Raises
        ------
        InputError
            At the end, if one could not be computed, or at once if two have the same name.
        """
        if self.wanted.out.suffix:
            raise InputError(f"{self.wanted.out}: several inputs, expected a folder for them")
        names = [path.stem if path is not None else "synthetic" for path in paths]
        for number, name in enumerate(names):
            if (first := names.index(name)) < number:
                raise InputError(
                    f"{paths[number]}: its results would replace those of {paths[first]}, "
                    "expected inputs of different names"
                )
        output_folder(self.wanted.out)
        reports: list[dict[str, Any]] = []
        entries: list[Entry] = []
        failed: list[str] = []
        for path, name in zip(paths, names, strict=True):
            try:
                found = images(path, self.reading)
                digits = len(str(len(found) - 1))
                for number, image in enumerate(found):
                    ending = f"-frame{number:0{digits}d}" if len(found) > 1 else ""
                    report, result = self.one(path, image, self.wanted.of(name + ending))
                    reports.append(report)
                    file = f"{path}{ending and f' frame {number}'}"
                    entry = Entry(file, self.reading.channel, result.judged.found, result.warnings)
                    entries.append(entry)
            except InputError as error:
                failed.append(str(error))
        if entries:
            with replacing(self.wanted.out / SUMMARY) as temporary:
                summary.write(temporary, entries)
        if failed:
            computed_too = f" ({len(reports)} others were computed)" if reports else ""
            raise InputError("\n".join(failed) + computed_too)
        return reports, entries

    def _of_network(self) -> dict[str, Any]:
        if self.asked.network is None:
            return {}
        from hwmodels.gru.weights import checksum

        return {"weights_sha256": checksum(self.asked.network.weights)}


def _trained(path: Path | None, name: str | None) -> Trained:
    from hwmodels.gru.weights import network_of, read_weights

    if path is None:
        name = name or zoo.DEFAULT
        resolved(network=name)
        entry = zoo.read(name)
        arithmetic = entry.specification.arithmetic
        return Trained(name, entry.weights, arithmetic, entry.lifetimes_ns, entry.photons[0])
    if name is not None:
        raise InputError(f"--weights {path} and --network {name} are given, expected one of them")
    weights = read_weights(path)
    shape = network_of(weights, STEPS, source=str(path))
    if (shape.inputs, shape.outputs) != (1, 3):
        raise InputError(
            f"{path}: a network of {shape.inputs} input(s) and {shape.outputs} output(s), "
            "expected 1 input and 3 outputs"
        )
    return Trained(str(path), weights, SEQ2SEQLITE_8_BIT)


def _fitting(components: int, lifetimes: str) -> Fitting:
    if not 1 <= components <= 3:
        raise InputError(f"--components is {components}, expected 1 to 3")
    if lifetimes == "free":
        return Fitting(components)
    if lifetimes == "global":
        return Fitting(components, "global")
    try:
        known = tuple(float(each) for each in lifetimes.split(","))
    except ValueError as error:
        raise InputError(
            f"--lifetimes is {lifetimes!r}, expected free, global, or lifetimes in ns as 0.6,2.4"
        ) from error
    return Fitting(components, known)


def _at_least_0(option: str, value: float) -> float:
    if not 0 <= value < float("inf"):
        raise InputError(f"{option} is {value}, expected a finite number >= 0")
    return value


def _range(limits: str | None) -> tuple[float, float] | None:
    if limits is None:
        return None
    try:
        low, high = map(float, limits.split(":"))
    except ValueError as error:
        raise InputError(
            f"--limits is {limits!r}, expected two lifetimes in ns such as 0.5:3"
        ) from error
    return low, high
