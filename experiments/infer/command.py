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

from pathlib import Path
from typing import Annotated

import typer

from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.study import resolved
from stomp_flim.errors import InputError
from workloads.flim import zoo
from workloads.flim.data.reading import TimeAxis, expand
from workloads.flim.lifetimes.lifetime_map import Method
from workloads.flim.lifetimes.quality.flags import MOST_UNCERTAIN

DEFAULT_OUT, DEFAULT_FOLDER = Path("lifetimes.npz"), Path("lifetimes")


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
            help=f"Trained network of the zoo. Default: {zoo.FIELD_RESPONSE}, which reads the "
            f"response, for 0.1 to 5 ns; {zoo.DEFAULT}, the published one, is for 0.2 to 1.5 ns."
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
    # What finds lifetimes loads compilers and solvers, which the help page does without.
    from experiments.infer.asking import above_0, at_least_0, fitting_of, limits_of, trained
    from experiments.infer.files import Wanted
    from experiments.infer.inputs import Reading
    from experiments.infer.measuring import Told
    from experiments.infer.results import Asked
    from experiments.infer.run import Run

    told = Told(irf, reference, reference_lifetime, irf_width, gate, background, window, region)
    asked = Asked(
        method=method,
        network=None
        if "network" not in (method, compare)
        else trained(
            weights_file, network, measured=bool(input_files), response_known=told.knows_response
        ),
        fitting=fitting_of(components, lifetimes),
        compare=compare,
        min_photons=at_least_0("--min-photons", min_photons),
        most_uncertain=at_least_0("--max-uncertainty", max_uncertainty),
        peak_bin=peak_bin,
        limits_ns=limits_of(limits),
        show_flagged=show_flagged,
        pixel_um=above_0("--pixel-um", pixel_um),
        told=told,
    )
    if compare == method:
        raise InputError(f"--compare {compare} is the method itself, expected another one")
    paths: list[Path | None] = [*expand(input_files)] if input_files else [None]
    several = len(paths) > 1 or frames == "all"
    result_file = out or (DEFAULT_FOLDER if several else DEFAULT_OUT)
    resolved(out=result_file)
    picture = None if no_figure else figure or result_file.with_suffix(".png")
    difference = None
    if compare is not None and picture is not None:
        difference = picture.with_name(f"{picture.stem}-difference{picture.suffix}")
    run = Run(
        asked,
        Reading(bin_width, channel, time_axis, frames),
        Wanted(result_file, picture, tiff, table, page, difference),
        (*paths, weights_file, irf, reference, region),
        {"pixel_binning": pixel_binning, "min_photons": min_photons},
        pulses,
        period,
    )
    typer.echo(run.several(paths, as_json) if several else run.alone(paths[0], as_json))
