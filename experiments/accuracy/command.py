"""The command `accuracy`: the paper's tables beside ours, lifetimes beside classical methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.shared.options import Jobs, PresetName, require_positive
from experiments.shared.output import image, resumable, write_files
from experiments.shared.processes import local_processes, process_count
from experiments.shared.progress import Report, progress
from experiments.train.command import one_order_of_sums, torch_module, with_losses
from stomp_flim.cli.lists import AsJson
from stomp_flim.files import output_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from workloads.flim.training.recipe.presets import Preset

IMAGES = ("png", "svg")


def accuracy(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path(
        "results/accuracy"
    ),
    training: Annotated[
        Path,
        typer.Option(
            "--training", help="Folder of `train`, whose teacher is used, or trained there."
        ),
    ] = Path("results/train"),
    preset: Annotated[PresetName, typer.Option(help="Size of the trainings.")] = "zoo",
    pixels: Annotated[int, typer.Option(help="Test pixels of the tables.")] = 1000,
    lifetime_pixels: Annotated[int, typer.Option(help="Pixels for each number of photons.")] = 500,
    image_file: Annotated[
        Path | None, typer.Option("--image", help="Measured image to compare on, such as .sdt.")
    ] = None,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Compare accuracies: tables 1 to 3 of arXiv 2410.00948, lifetimes, classical methods.

    Writes accuracy.json, tables.csv, lifetimes.csv, report.md and the figure as lifetimes.png and
    lifetimes.svg. Trainings are kept in the folder: the same command goes on where an interrupted
    one was.
    """
    require_positive("--pixels", pixels)
    require_positive("--lifetime-pixels", lifetime_pixels)
    processes = process_count(jobs)
    torch_module()
    from experiments.accuracy import report
    from workloads.flim.training.recipe.presets import preset as preset_named

    size = preset_named(preset)
    images = []
    if image_file is not None:
        from experiments.accuracy.measured import compare_binned

        images = compare_binned(image_file)
    folder, teacher = output_folder(out), output_folder(training)
    with resumable():
        found = _measure(folder, teacher, size, processes, pixels, lifetime_pixels)
    if images:
        found["measured"] = images
    document = json.dumps(found, indent=2)
    files = {"accuracy.json": document.encode()} | report.files(found)
    for kind in IMAGES:
        files[f"lifetimes.{kind}"] = image(report.figure(found["lifetimes"]), kind)
    write_files(files, folder)
    typer.echo(document if as_json else report.summary(found, folder))


def _measure(
    folder: Path,
    teacher: Path,
    size: Preset,
    processes: int,
    pixels: int,
    lifetime_pixels: int,
) -> dict[str, Any]:
    from experiments.accuracy import distillation, lifetimes, state_bits, tables
    from workloads.flim.data.pixels import WIDE, Recipe
    from workloads.flim.training.recipe.trainings import ZooTraining

    one_order_of_sums()
    own, pairs = output_folder(folder / "tables"), output_folder(folder / "pairs")
    plans, pair_plans = tables.table_preset(size), distillation.pair_preset(size)
    work = [(group, own, plans) for group in tables.groups()]
    for pair in distillation.distillation_pairs():
        work += [([study], pairs, pair_plans) for study in pair]
    with progress() as report:
        with local_processes(processes) as executor:
            teaching = ZooTraining(teacher, size, report=with_losses(report))
            teaching.teacher_outputs()
            real_teacher = teaching.teacher()
            waiting = [
                executor.submit(tables.complete, studies, where, teacher, how)
                for studies, where, how in work
            ]
            for done, future in enumerate(waiting, 1):
                future.result()
                report("networks to compare", done, len(work))
        training = ZooTraining(own, plans, teacher_folder=teacher)
        pair_training = ZooTraining(pairs, pair_plans, teacher_folder=teacher)
        test = tables.table_pixels(pixels)
        found: dict[str, Any] = {
            "preset": size.name,
            "table_steps": size.table_steps,
            "pixels": pixels,
            "pair_pixels": pair_plans.student.batches * pair_plans.student.pixels,
            "tables": list(tables.rows(training, test)),
            "distillation": distillation.distillation_rows(pair_training, pixels),
            "state_bits": state_bits.state_rows(pair_training, pixels),
            "zoo": tables.zoo_rows(test),
        }
        found["lifetimes"] = []
        for recipe in (Recipe(), WIDE):
            methods = lifetimes.classical_methods()
            methods |= lifetimes.network_methods(recipe)
            if recipe == size.teacher.recipe:
                methods["teacher, real numbers"] = lifetimes.module_method(real_teacher)
            found["lifetimes"] += lifetimes.limit_rows(lifetime_pixels, recipe)
            found["lifetimes"] += lifetimes.lifetime_rows(
                methods,
                lifetime_pixels,
                recipe,
                progress=_told(report, f"lifetimes up to {recipe.long_ns[1]:g} ns"),
            )
    return found


def _told(report: Report, what: str) -> Callable[[int, int], object]:
    return lambda done, all_: report(what, done, all_)
