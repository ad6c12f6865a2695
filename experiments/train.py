"""The command `train`: the zoo from scratch, resumable, with its loss curves and cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from experiments.options import AsJson, Jobs
from experiments.output import image, resumable, write_files
from experiments.processes import local_processes, process_count
from stomp_flim.errors import InputError
from stomp_flim.files import output_folder

if TYPE_CHECKING:
    from workloads.zoo_training import Report, ZooTraining

NETWORKS = ("seq2seq-128", "seq2seqlite-32", "seq2seqlite-16")
"""The zoo: the teacher and its students."""

MOST_UNITS = 254
"""With more units, the 8-bit arithmetic's accumulators could overflow."""

IMAGES = ("png", "svg")


def train(
    out: Annotated[Path, typer.Option("--out", help="Folder for checkpoints and results.")] = Path(
        "results/train"
    ),
    preset: Annotated[
        str, typer.Option(help="Size: tiny, minutes, zoo (about an hour) or night.")
    ] = "zoo",
    network: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            help="seq2seq-128, or seq2seqlite-N with N units; repeatable. Default: the zoo's.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the students.")] = 0,
    device: Annotated[str, typer.Option(help="As PyTorch names it, such as cpu or cuda.")] = "cpu",
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Train teacher and students, quantization-aware and with distillation, and export them.

    Writes a checkpoint for each training, the weights and cards as zoo/NAME.{npz,toml}, and the
    losses as losses.csv, losses.png and losses.svg. A training that was interrupted goes on with
    the same command; one that is complete is not repeated.
    """
    wanted = [_units(name) for name in network or NETWORKS]
    processes = process_count(jobs)
    torch = torch_module()
    from workloads.zoo_training import ZooTraining, losses
    from workloads.zoo_training import preset as preset_named

    size = preset_named(preset)
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"--device: {device!r} cannot be used: {error}") from error
    folder, zoo = output_folder(out), output_folder(out / "zoo")
    # One thread computes a sum in one order: equal weights on one machine.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with ExitStack() as stack:
        stack.enter_context(resumable())
        report = stack.enter_context(training_bars(show=not as_json))
        shared = device == "cpu" and processes > 1
        executor = stack.enter_context(local_processes(processes)) if shared else None
        training = ZooTraining(folder, size, device=device, executor=executor, report=report)
        cards = [_entry(training, units, seed, zoo) for units in wanted]
    curves = losses(folder)
    write_files(
        {
            "losses.csv": _table(curves),
            **{f"losses.{kind}": _figure(curves, kind) for kind in IMAGES},
        },
        folder,
    )
    if as_json:
        typer.echo(json.dumps(cards, indent=2, default=str))
        return
    typer.echo("\n".join(map(_line, cards)))
    typer.echo(f"written   {zoo}, {folder / 'losses.csv'}, {folder / 'losses.png'}")


def _units(name: str) -> tuple[int, ...]:
    if name == NETWORKS[0]:
        return 128, 128
    kind, _, units = name.rpartition("-")
    if kind != "seq2seqlite" or not units.isdecimal() or not 1 <= int(units) <= MOST_UNITS:
        raise InputError(
            f"--network: {name!r}, expected {NETWORKS[0]}, "
            f"or seq2seqlite-N with 1 to {MOST_UNITS} units"
        )
    return (int(units),)


def torch_module() -> Any:
    """Return PyTorch, or say which extra brings it."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise InputError(
            "training needs PyTorch, expected the extra `train`: pip install 'stomp-flim[train]'"
        ) from error
    return torch


def _entry(training: ZooTraining, units: tuple[int, ...], seed: int, zoo: Path) -> dict[str, Any]:
    from workloads.zoo_export import write_entry

    size = training.preset
    if len(units) > 1:
        module = training.teacher_integer()
        plans = {"real": size.teacher.to_dict(), "integer": size.teacher_integer.to_dict()}
        network = NETWORKS[0]
    else:
        module = training.integer(units, distilled=True, seed=seed)
        plans = training.plans(distilled=True, seed=seed)
        network = f"seq2seqlite-{units[0]}"
    command = f"stomp-flim train --preset {size.name} --network {network} --seed {seed}"
    return write_entry(zoo, module, recipe={"seed": seed} | plans, command=command)


def _line(card: dict[str, Any]) -> str:
    held = card["held_out"]
    return (
        f"{card['name']:15} {card['parameters']} parameters, RMSE {held['rmse']:.4f}, "
        f"R2 {held['r2']:.4f}, mean lifetime off by {held['lifetime_error_1000']:.1%} "
        "at 1,000 photons (median)"
    )


@contextmanager
def training_bars(*, show: bool) -> Iterator[Report]:
    """Show a bar for each training on standard error, where that is a terminal."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} loss {task.fields[loss]:.5f}"),
        TimeRemainingColumn(),
        console=console,
        disable=not (show and console.is_terminal),
    )
    tasks: dict[str, TaskID] = {}

    def report(training: str, done: int, steps: int, loss: float) -> None:
        if training not in tasks:
            tasks[training] = bar.add_task(training, total=steps, loss=loss)
        bar.update(tasks[training], completed=done, loss=loss)

    with bar:
        yield report


def _table(curves: dict[str, list[float]]) -> bytes:
    rows = (
        f"{name},{step},{loss!r}"
        for name, values in curves.items()
        for step, loss in enumerate(values, 1)
    )
    return "\n".join(("training,step,loss", *rows, "")).encode()


def _figure(curves: dict[str, list[float]], kind: str) -> bytes:
    from matplotlib.figure import Figure

    from stomp_flim.plots.losses import losses

    figure = Figure(figsize=(7.2, 4.4))
    losses(curves, ax=figure.add_subplot())
    return image(figure, kind)
