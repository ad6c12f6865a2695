"""What a task leaves in memory, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError

MOST_BITS = 2**37
"""Of a buffer, 16 GiB: the bits of all buffers of a recorded run fit into an int64."""


@dataclass(frozen=True)
class Buffer:
    """Memory that a task writes and its successors, the CONSUMERS, read.

    It is allocated when the task starts and freed when the last consumer finishes. A task without
    successors holds its buffer until it finishes itself: there is nobody whose finish could free
    it, and what has left the graph is no longer the graph's to store.

    Parameters
    ----------
    memory : str
        Name of the memory; `Platform.memories` may limit it.
    bits : int
        At least 1, in all.

    Raises
    ------
    InputError
        If the memory has no name or the bits are not an integer in their range.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> dsp = [sf.Mode({"DSP": 1}, 2)]
    >>> load = sf.Task("load", dsp, buffer=sf.Buffer("BRAM", bits=512))
    >>> graph = sf.TaskGraph.from_tasks([load, sf.Task("use", dsp)], [(0, 1)])
    >>> platform = sf.Platform({"DSP": 4}, memories={"BRAM": 1024})
    >>> sf.simulate([sf.Job(graph)] * 4, platform).metrics.peak_memory
    {'BRAM': 1024}
    """

    memory: str
    bits: int

    def __post_init__(self) -> None:
        if not isinstance(self.memory, str) or not self.memory:
            raise InputError(f"a buffer lies in memory {self.memory!r}, expected a name")
        if not is_integer(self.bits) or not 1 <= self.bits <= MOST_BITS:
            raise InputError(
                f"a buffer in {self.memory!r} has {self.bits!r} bits, expected an integer from 1 "
                f"to {MOST_BITS:,}"
            )


Buffers = tuple[Buffer | None, ...]
"""One entry a task of a graph."""


def checked_buffers(
    buffers: Sequence[Buffer | None], names: Sequence[str], graph: str
) -> Buffers | None:
    """Return the buffers of a graph's tasks, or None where no task writes one.

    Raises
    ------
    InputError
        If one is something else than a `Buffer`.
    """
    for task, (buffer, name) in enumerate(zip(buffers, names, strict=True)):
        if buffer is not None and not isinstance(buffer, Buffer):
            raise InputError(
                f"graph {graph!r}: task {task} ({name!r}) has the buffer {buffer!r}, expected a "
                "Buffer or None"
            )
    return tuple(buffers) if any(buffers) else None
