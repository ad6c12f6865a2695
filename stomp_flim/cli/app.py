"""The command ``stomp-flim``.

Experiments are commands too: each entry point of the group ``stomp_flim.experiments`` is a typer
function and appears here under its name, so that the core knows none of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from stomp_flim import __version__, plugins
from stomp_flim.bounds.requested import SECONDS, RequestedBounds
from stomp_flim.chance.knowledge import Knows
from stomp_flim.cli.bound_options import Bounds, BoundSeconds
from stomp_flim.cli.commands import CommandLine, Group, names_of, plugin_command
from stomp_flim.cli.commands import run as run_application
from stomp_flim.cli.diff.command import diff
from stomp_flim.cli.lists import AsJson, print_extensions, print_rows
from stomp_flim.cli.platform_options import (
    ClockNs,
    Memories,
    Servers,
    counts,
    require_memories,
)
from stomp_flim.cli.policies import policies
from stomp_flim.cli.study import StudiedCommand
from stomp_flim.engines.engine_choice import EngineName
from stomp_flim.model.workload import MOST_PIXELS
from stomp_flim.policy.decision_cost import DecisionCost


class _WithExperiments(Group):
    """The commands below and the registered experiments, which are imported when called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *plugins.registered("experiments")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in plugins.registered("experiments"):
            return plugin_command("experiments", cmd_name, StudiedCommand)
        return super().get_command(ctx, cmd_name)


app = CommandLine(cls=_WithExperiments, no_args_is_help=True, add_completion=True)
app.add_typer(policies)
app.command()(diff)


def main() -> None:
    """Run the command; an error is one line and the exit status 2."""
    run_application(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"stomp-flim {__version__}")
        raise typer.Exit


@app.callback()
def _all_commands(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Schedule quantized GRU inference on the servers of an accelerator."""


@app.command()
def run(
    stomp: Annotated[Path, typer.Option(help="STOMP configuration (JSON).")],
    trace: Annotated[
        Path | None, typer.Option(help="Job or task trace; default: the configuration's.")
    ] = None,
    graphs: Annotated[
        Path | None, typer.Option(help="Folder of dag_<graph>_<timestep>.graphml and .txt.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="Scheduling policy; default: the configuration's.",
            autocompletion=names_of("policies"),
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change the configuration; * is any key of a level."
        ),
    ] = None,
    servers: Servers = None,
    memory: Memories = None,
    clock_ns: ClockNs = None,
    schedule: Annotated[
        Path | None, typer.Option(help="Write the schedule as CSV to this file.")
    ] = None,
    perfetto: Annotated[
        Path | None,
        typer.Option(help="Write a trace for ui.perfetto.dev to this file; 1 us is 1 cycle."),
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="Simulation engine.")] = "auto",
    seed: Annotated[
        int | None, typer.Option(help="Of what is random; default: the configuration's.")
    ] = None,
    knows: Annotated[Knows, typer.Option(help="What the policy knows of durations.")] = "mean",
    decision_cycles: Annotated[
        int,
        typer.Option(
            help="Cycles that the scheduler takes for each task that it starts; it then makes one "
            "round an instant, also where STOMP starts one task an event."
        ),
    ] = 0,
    decision_interval: Annotated[
        int, typer.Option(help="Cycles between two rounds of the scheduler, at least.")
    ] = 0,
    bound: Bounds = None,
    bound_seconds: BoundSeconds = SECONDS,
    as_json: AsJson = False,
) -> None:
    """Run a STOMP configuration on a trace, or on random arrivals where it names none."""
    from stomp_flim.interchange.perfetto import write_trace
    from stomp_flim.interchange.stomp import load_run
    from stomp_flim.interchange.stomp.schedule_csv import write_schedule
    from stomp_flim.simulation import simulate

    decision = DecisionCost(decision_cycles, decision_interval)
    requested = RequestedBounds(tuple(bound or ()), bound_seconds)
    loaded = load_run(stomp, trace, graphs, overrides or (), policy, seed)
    counted, limits = counts("--servers", servers), dict(counts("--memory", memory))
    require_memories(limits, {job.graph for job in loaded.jobs}, loaded.platform)
    result = simulate(
        loaded.jobs,
        loaded.platform.changed(dict(counted), limits, clock_ns),
        loaded.policy,
        engine,
        rounds="instant" if decision else loaded.rounds,
        seed=loaded.seed,
        knows=knows,
        decision=decision,
    )
    of_run = result.schedule
    result.bounds.update(requested.of(of_run.workload, of_run.platform, enough=result.makespan))
    if schedule is not None:
        write_schedule(result, schedule, loaded.trace)
    if perfetto is not None:
        write_trace(result.schedule, perfetto)
    if as_json:
        shown = {**result.summary(), **({"bounds": result.bounds} if bound else {})}
        print(json.dumps(shown, indent=2))
        return
    print(result)
    if bound:
        listed = (f"{name} {cycles:,}" for name, cycles in result.bounds.items())
        print(f"bounds       {', '.join(listed)}")


@app.command()
def bench(
    pixels: Annotated[
        int, typer.Option(min=1, max=MOST_PIXELS, help="Pixels that both engines run.")
    ] = 64,
    large: Annotated[
        int, typer.Option(min=1, max=MOST_PIXELS, help="Pixels that the compiled one runs.")
    ] = 4096,
    as_json: AsJson = False,
) -> None:
    """Measure the speed of both engines on this machine, on the Seq2SeqLite encoder."""
    from stomp_flim.cli.bench import measure

    rows = measure(pixels, large)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        shown = [
            {
                "policy": row["policy"],
                "SimPy tasks/s": f"{row['simpy_tasks_per_s']:,}",
                "compiled tasks/s": f"{row['compiled_tasks_per_s']:,}",
                "ratio": row["ratio"],
                "with schedule": row["ratio_with_schedule"],
                f"ns/task at {large:,}": row["large_ns_per_task"],
            }
            for row in rows
        ]
        print_rows(shown, as_json)
        print(
            f"Seq2SeqLite encoder, {pixels:,} pixels, CPU time of the event loops; 'with schedule'"
        )
        print("is the ratio of whole calls that also build and number the schedule")
        print(f"compiled or loaded from the cache in {rows[0]['compilation_s']} s")


@app.command()
def devices(as_json: AsJson = False) -> None:
    """List the devices with their servers."""

    def columns(name: str, _: Any) -> dict[str, Any]:
        platform = plugins.device(name)
        servers = ", ".join(f"{count} {kind}" for kind, count in platform.servers.items())
        return {"servers": servers, "clock_ns": platform.clock_ns}

    print_extensions("devices", as_json, columns)


@app.command()
def workloads(as_json: AsJson = False) -> None:
    """List the workloads."""
    print_extensions("workloads", as_json)


@app.command()
def experiments(as_json: AsJson = False) -> None:
    """List the experiments; each is a command of its own."""
    print_extensions("experiments", as_json)
