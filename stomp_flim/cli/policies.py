"""The command ``stomp-flim policies``: lists policies, writes a new one, checks them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from stomp_flim.cli.commands import CommandLine, names_of
from stomp_flim.cli.lists import AsJson, print_extensions
from stomp_flim.policy import PolicyKind

policies = CommandLine(name="policies", invoke_without_command=True)


@policies.callback()
def list_policies(context: typer.Context, as_json: AsJson = False) -> None:
    """List the scheduling policies with their parameters; make and check your own."""
    from stomp_flim.interchange.text.typed_parameters import keyword_parameters
    from stomp_flim.policy import protocol

    if context.invoked_subcommand is not None:
        return

    def columns(name: str, policy: Any) -> dict[str, Any]:
        typed = ", ".join(str(parameter) for parameter in keyword_parameters(policy).values())
        return {"kind": protocol(policy, name), "parameters": typed}

    print_extensions("policies", as_json, columns)


@policies.command()
def new(
    name: Annotated[
        str, typer.Argument(help="Small letters, digits and hyphens, such as my-policy.")
    ],
    kind: Annotated[
        PolicyKind,
        typer.Option(
            help="ranker: a number a task; dispatcher: decides at each instant; planner: makes the "
            "whole schedule."
        ),
    ] = "ranker",
    out: Annotated[Path, typer.Option("--out", help="Folder for both files.")] = Path(),
) -> None:
    """Write a commented one-file policy and its test; nothing is overwritten."""
    from stomp_flim.policy.new_policy import write_policy

    written = write_policy(name, kind, out)
    print(f"written {written.policy} and {written.test}; both work as they are. Next:")
    print(f"  pytest {written.test}")
    print(f"  stomp-flim policies check {written.spelling}")
    print(f"  stomp-flim compare --policy {written.spelling} --policy fifo --out results/{name}")


@policies.command()
def check(
    policy: Annotated[
        list[str],
        typer.Argument(
            help="NAME, NAME:key=value or FILE.py:NAME; several.",
            autocompletion=names_of("policies"),
        ),
    ],
    hash_seed: Annotated[
        list[int] | None,
        typer.Option(
            "--hash-seed", min=0, help="Run again with this PYTHONHASHSEED; repeatable. Default: 1."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that policies keep the contract, in small worlds with nearly every feature.

    The exit status is 1 where one does not.
    """
    from stomp_flim.testing import Report, check_policy

    seeds = (1,) if hash_seed is None else tuple(hash_seed)
    reports = [check_policy(name, hash_seeds=seeds, strict=False) for name in policy]

    def entry(report: Report) -> dict[str, Any]:
        findings = [finding._asdict() for finding in report.findings]
        return {**vars(report), "ok": report.ok, "findings": findings}

    if as_json:
        print(json.dumps([entry(report) for report in reports], indent=2))
    else:
        print("\n".join(map(str, reports)))
    if not all(report.ok for report in reports):
        raise typer.Exit(1)
