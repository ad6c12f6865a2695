"""What the conformance kit found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from stomp_flim.errors import PolicyError
from stomp_flim.policy import PolicyKind

CONTRACT = 1
"""Version of the rules: it grows when a policy that kept them may not keep them any more."""

Rule = Literal[
    "runs",
    "correct",
    "bound",
    "determinism",
    "read-only",
    "knowledge",
    "work-conserving",
    "engines",
]

RULES: dict[Rule, str] = {
    "runs": "it raises nothing, assigns what can start, and starts every task",
    "correct": "its schedules break no precedence, server, mode or duration",
    "bound": "no schedule is shorter than the lower bound",
    "determinism": "the same run gives the same schedule, whatever ran before it",
    "read-only": "graphs, jobs and platform are as they were",
    "knowledge": "it decides by what it may know: not by durations that are drawn, and, where it "
    "is online, not by jobs that have not arrived",
    "work-conserving": "where it claims so, no task waits that fits on the free servers",
    "engines": "where it is a ranker, both engines give the same schedule",
}
"""Every rule, in words."""


class Finding(NamedTuple):
    """A rule that a policy breaks.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    world : str
        Where it was broken.
    message : str
        What happened.

    Examples
    --------
    >>> from stomp_flim.testing import check_policy
    >>> report = check_policy(lambda graph, platform, jobs: [0.0], strict=False)
    >>> report.findings[0].rule
    'runs'
    """

    rule: Rule
    world: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}, in {self.world!r}: {self.message}"


@dataclass(frozen=True)
class Report:
    """What the conformance kit found out about a policy.

    Attributes
    ----------
    policy : str
        Its name.
    kind : {"ranker", "dispatcher", "planner"}
        Its protocol.
    worlds : tuple of str
        Where it ran.
    declined : tuple of str
        Where it said by an `InputError` that it cannot run; rankers cannot say so.
    findings : tuple of Finding
        What it breaks; empty if it keeps the contract.
    contract : int
        Version of the rules.

    Examples
    --------
    >>> from stomp_flim.testing import check_policy
    >>> report = check_policy("fifo")
    >>> report.ok, report.findings
    (True, ())
    """

    policy: str
    kind: PolicyKind
    worlds: tuple[str, ...]
    declined: tuple[str, ...]
    findings: tuple[Finding, ...]
    contract: int = CONTRACT

    @property
    def ok(self) -> bool:
        """Whether the policy keeps the contract."""
        return not self.findings

    @property
    def broken(self) -> tuple[Rule, ...]:
        """The rules that it breaks, each once."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))

    def __str__(self) -> str:
        where = f"contract {self.contract} in {len(self.worlds)} worlds"
        if self.declined:
            where += f"; it declines {', '.join(map(repr, self.declined))}"
        if self.ok:
            return f"{self.policy}: keeps {where}"
        return "\n  ".join([f"{self.policy}: breaks {where}", *map(str, self.findings)])


class ConformanceError(PolicyError):
    """A policy breaks the contract.

    Attributes
    ----------
    report : Report
        What it breaks.

    Examples
    --------
    >>> from stomp_flim.testing import ConformanceError, check_policy
    >>> try:
    ...     check_policy(lambda graph, platform, jobs: [0.0])
    ... except ConformanceError as error:
    ...     print(error.report.findings[0].rule)
    runs
    """

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report
