"""Policies written for STOMP, unmodified: ``--policy stomp:PATH/simple_policy_ver2.py``.

A round calls ``assign_task_to_server`` once for each free server or until it returns None, for the
tasks that waited and arrived, and again if others became ready in this instant. Where
``rounds="event"``, as in IBM's STOMP and for task traces, a round is one call, whatever is free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from stomp_flim.policy import Assignment, View
from stomp_flim.stomp_policies.file import read_policy
from stomp_flim.stomp_policies.session import Session


class StompPolicy:
    """A dispatcher that asks a policy of STOMP's.

    Parameters
    ----------
    path : path
        The file with its class ``SchedulingPolicy``.

    Raises
    ------
    InputError
        If the file is not what it should be; see `stomp_flim.stomp_policies.file.read_policy`.

    Attributes
    ----------
    dispatch : callable
        ``dispatch(view)`` yields assignments; errors name the line of the policy's file.
    """

    dispatch: Callable[[View], Iterator[Assignment]]

    def __init__(self, path: Path | str) -> None:
        self._file = read_policy(Path(path))
        self._session: Session | None = None
        self._configuration: Mapping[str, Any] = {}

        @wraps(self._file.policy.assign_task_to_server)
        def dispatch(view: View) -> Iterator[Assignment]:
            return self._round(view)

        self.dispatch = dispatch

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Take STOMP's configuration as a JSON document, for the policy to find its keys in."""
        self._configuration = configuration

    def _round(self, view: View) -> Iterator[Assignment]:
        session, self._session = self._session, None  # which an error leaves so
        if session is None or not session.continues(view):
            session = Session(self._file, view, self._configuration)
        session.advance(view)
        for _ in session.queues(view):
            calls = view.limit or sum(
                view.free.values()
            )  # an idle call may change the queue's order
            for _ in range(calls):
                assignment = session.decide(view)
                if assignment is None:
                    break
                self._session = session
                yield assignment
                self._session = None
        self._session = session
