"""Which ready task starts next under a dispatcher: what it sees, and its answers checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from stomp_flim.arrays import is_integer
from stomp_flim.engines.reference.memory_claims import MemoryClaims
from stomp_flim.engines.reference.ready_scan import Start
from stomp_flim.engines.reference.servers import FreeServers
from stomp_flim.errors import PolicyError
from stomp_flim.instance import Instance
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload
from stomp_flim.policy import Policy, ReadyTask
from stomp_flim.policy.error_place import raised, yielded_at


class DispatcherRounds:
    """A round asks the dispatcher, and checks each of its assignments before the next."""

    def __init__(
        self, instance: Instance, policy: Policy, start: Start, claims: MemoryClaims | None = None
    ) -> None:
        self._instance = instance
        self._policy = policy
        self._start = start
        self._claims = claims
        self._ready: dict[int, ReadyTask] = {}
        self._started: set[int] = set()
        self._answer: object = None

    def enter(self, record: int, now: int) -> None:
        """Let a task enter that became ready."""
        self._ready[record] = ReadyTask(*self._instance.workload.task_of(record), now)

    def round(self, now: int, free: FreeServers, limit: int | None) -> None:
        """Start what the dispatcher assigns, at most `limit` tasks."""
        if not self._ready or limit == 0:
            return
        view = DispatcherView(now, self._ready, free, self._instance, self._claims, limit)
        in_vain: set[object] = set()  # since the last start: or else a policy could ask for ever
        for assignment in self._assignments(view):
            if not self._assign(view, assignment):
                if assignment in in_vain:
                    what = f"assigned {assignment!r} again, which must wait for memory"
                    raise self._error(view, f"{what}, and started nothing in between")
                in_vain.add(assignment)
                continue
            in_vain.clear()
            if limit is not None:
                limit -= 1
                if limit == 0:
                    return

    def _assignments(self, view: DispatcherView) -> Iterator[object]:
        """Yield what the dispatcher does; what it raises on the way is its own error."""
        try:
            self._answer = self._policy.implementation.dispatch(view)
            if isinstance(self._answer, Iterable):
                yield from self._answer
                return
        except (Exception, SystemExit) as error:
            raise raised(self._policy, error, f"at cycle {view.now}") from error
        raise self._error(view, f"dispatch returned {self._answer!r}, expected assignments")

    def _assign(self, view: DispatcherView, assignment: object) -> bool:
        """Start what was assigned; False if it must wait for memory."""
        if not (
            isinstance(assignment, tuple)
            and len(assignment) == 3
            and all(map(is_integer, assignment))
        ):
            raise self._error(view, f"assigned {assignment!r}, expected (job, task, mode)")
        job, task, mode = map(int, assignment)
        workload = self._instance.workload
        record = workload.record(job, task)
        if record is None or record not in self._ready:
            raise self._error(view, f"job {job}, task {task} {self._why_not(job, record)}")
        choice = self._instance.choices[int(workload.graph_number[job])][task]
        options = tuple(option for option in choice.options if option.mode == mode)
        if not options:
            raise self._error(
                view,
                f"job {job}, task {task} has no mode {mode} that the platform can run, expected "
                f"one of {[option.mode for option in choice.options]}",
            )
        if self._claims is not None and not self._claims.allows(record):
            return False
        if not self._start(record, choice._replace(options=options)):
            demand = dict(workload.jobs[job].graph.modes(task)[mode].demand)
            raise self._error(
                view,
                f"job {job}, task {task} in mode {mode} does not fit on the free servers: it "
                f"demands {demand}, free are {view.free}",
            )
        del self._ready[record]
        self._started.add(record)
        return True

    def _why_not(self, job: int, record: int | None) -> str:
        """Tell why a task cannot be assigned, from its record number."""
        workload = self._instance.workload
        if record is None:
            if 0 <= job < len(workload):
                return f"does not exist, expected tasks 0 to {len(workload.jobs[job].graph) - 1}"
            return f"does not exist, expected jobs 0 to {len(workload) - 1}"
        return "has been started before" if record in self._started else "is not ready"

    def _error(self, view: DispatcherView, what: str) -> PolicyError:
        """Return an error that names the policy, the line that it has come to, and the cycle."""
        line = yielded_at(self._policy, self._answer)
        return PolicyError(f"{line}policy {self._policy.name!r} at cycle {view.now}: {what}")


class DispatcherView:
    """What a dispatcher sees of a run; see `stomp_flim.policy.View`."""

    def __init__(
        self,
        now: int,
        ready: Mapping[int, ReadyTask],
        free: FreeServers,
        instance: Instance,
        claims: MemoryClaims | None,
        limit: int | None,
    ) -> None:
        self._now = now
        self._limit = limit
        self._ready = ready
        self._free = free
        self._instance = instance
        self._claims = claims

    @property
    def now(self) -> int:
        """The current cycle."""
        return self._now

    @property
    def limit(self) -> int | None:
        """How many tasks the round may start; None for any number."""
        return self._limit

    @property
    def workload(self) -> Workload:
        """The jobs, as far as they may be known."""
        return self._instance.seen

    @property
    def platform(self) -> Platform:
        """The servers."""
        return self._instance.platform

    @property
    def ready(self) -> Sequence[ReadyTask]:
        """Tasks that wait, in entry sequence."""
        return tuple(self._ready.values())

    @property
    def free(self) -> Mapping[str, int]:
        """Free servers of each type."""
        return dict(self._free)

    @property
    def free_servers(self) -> Mapping[str, Sequence[int]]:
        """Numbers of the free servers of each type, ascending."""
        return self._free.numbers

    @property
    def free_memory(self) -> Mapping[str, int]:
        """Free bits of each limited memory."""
        held = {} if self._claims is None else self._claims.free_by_name
        return {**self.platform.memories, **held}

    def may_start(self, job: int, task: int) -> bool:
        """Whether memory lets a ready task start now."""
        record = self.workload.record(job, task)
        if record is None or record not in self._ready:
            raise PolicyError(f"view.may_start: job {job}, task {task} is not ready")
        return self._claims is None or self._claims.allows(record)

    def latency(self, job: int, task: int, mode: int) -> int | None:
        """Latency of a task in a mode, in cycles: exact, the mean, or None if not known."""
        record = self.workload.record(job, task)
        if record is None or not 0 <= mode < len(self.workload.jobs[job].graph.modes(task)):
            raise PolicyError(f"view.latency: there is no job {job}, task {task}, mode {mode}")
        return self._instance.known_latency(record, mode)
