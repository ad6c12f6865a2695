"""Runs of a policy in a process with another hash seed, where sets of names have another order."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import numpy as np

from stomp_flim.errors import InputError, PolicyError, ScheduleError
from stomp_flim.policy.loading import parse
from stomp_flim.schedule import Schedule
from stomp_flim.simulation import simulate
from stomp_flim.testing.worlds import reference_worlds


def digests_with(policy: str, seed: int) -> dict[str, str]:
    """Return the digest of a policy's schedule in each reference world, run with a hash seed."""
    done = subprocess.run(
        [sys.executable, "-m", "stomp_flim.testing", policy],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PolicyError(
            f"policy {policy!r} cannot run in a process of its own with PYTHONHASHSEED={seed}: "
            f"{done.stderr.strip().splitlines()[-1:]}"
        )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def digests(policy: str) -> dict[str, str]:
    """Return the digest of a policy's schedule in each reference world that it can run in."""
    found = {}
    for world in reference_worlds():
        try:
            chosen, options = parse(policy), {**world.options, "engine": "simpy"}
            result = simulate(world.jobs, world.platform, chosen, **options)
        except (InputError, PolicyError, ScheduleError):
            continue
        found[world.name] = digest(result.schedule)
    return found


def digest(schedule: Schedule) -> str:
    """Return a digest of what ran when and where, in dispatch order."""
    columns = (schedule.job, schedule.task, schedule.mode, schedule.start, schedule.server)
    content = b"".join(np.ascontiguousarray(column, np.int64).tobytes() for column in columns)
    return hashlib.sha256(content).hexdigest()
