"""Where nodes repeat, step by step, with the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from workloads.imported.graph import Node
from workloads.imported.recognition.origins import MOVED
from workloads.imported.recognition.rolling.dataflow import Dataflow

FEWEST = 3
"""Repetitions that are no accident."""

Signature = tuple[object, ...]


@dataclass(frozen=True)
class Period:
    """Nodes that repeat.

    Attributes
    ----------
    steps : tuple of tuple of int
        For each repetition the numbers of its nodes, those alone that compute.
    """

    steps: tuple[tuple[int, ...], ...]


def computes(node: Node) -> bool:
    """Return whether a node computes, and does not merely move."""
    return node.kind not in MOVED


def periods(flow: Dataflow) -> list[Period]:
    """Return the ways in which nodes repeat, by the products with one matrix."""
    numbers = [i for i, node in enumerate(flow.nodes) if computes(node)]
    signatures = [_signature(flow.nodes[i], flow) for i in numbers]
    found: dict[tuple[int, ...], Period] = {}
    places: dict[Signature, list[int]] = {}
    for place, number in enumerate(numbers):
        if flow.nodes[number].kind in ("MatMul", "Gemm"):
            places.setdefault(signatures[place], []).append(place)
    for occurrences in places.values():
        period = _period(occurrences, signatures)
        if period is not None:
            first, length = period
            steps = tuple(
                tuple(numbers[first + k * length : first + (k + 1) * length])
                for k in range(len(occurrences))
            )
            found[steps[0]] = Period(steps)
    return list(found.values())


def _signature(node: Node, flow: Dataflow) -> Signature:
    return (node.kind, *(name if flow.fixed(name) else "" for name in node.inputs))


def _period(occurrences: list[int], signatures: Sequence[Signature]) -> tuple[int, int] | None:
    """Return where the first period begins, and how long it is."""
    if len(occurrences) < FEWEST:
        return None
    length = occurrences[1] - occurrences[0]
    if any(b - a != length for a, b in pairwise(occurrences)):
        return None
    for before in range(length - 1, -1, -1):
        first = occurrences[0] - before
        whole = [
            tuple(signatures[first + k * length : first + (k + 1) * length])
            for k in range(len(occurrences))
        ]
        if first >= 0 and len(set(whole)) == 1 and len(whole[0]) == length:
            return first, length
    return None
