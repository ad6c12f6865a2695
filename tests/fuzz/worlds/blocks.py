"""Blocks of scenes, each in a process of its own, and a journal of those that are done.

A process that the system ends (a crash of compiled code, or too much processor time) has its block
cut in two, until the scene is found.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tests.fuzz.worlds.comparison import examine
from tests.fuzz.worlds.scenes import scene
from tests.fuzz.worlds.thorough import look_further

ROOT = Path(__file__).parents[3]
SECONDS = 120
"""Of processor time for a scene, which takes milliseconds."""
WARM = 12
"""Scenes, of which some have limited memories and some have not."""
EVERY = 50
"""One scene of so many is looked at further."""


@dataclass
class Block:
    """What came of the scenes of the seeds `first` to `end`.

    Attributes
    ----------
    first, end : int
        The last seed is ``end - 1``.
    kinds : dict of str to int
        Worlds by what came of them.
    findings : list of (int, str)
        Seeds and what is wrong.
    """

    first: int
    end: int
    kinds: dict[str, int] = field(default_factory=dict)
    findings: list[tuple[int, str]] = field(default_factory=list)

    @property
    def worlds(self) -> int:
        """How many worlds were as they must be."""
        return sum(self.kinds.values())


def look_at(first: int, end: int) -> Block:
    """Examine the scenes of a block in this process."""
    block = Block(first, end)
    for seed in range(first, end):
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        outcome = examine(scene(seed), look_further if seed % EVERY == 0 else None)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for kind, worlds in outcome.kinds.items():
            block.kinds[kind] = block.kinds.get(kind, 0) + worlds
        block.findings += [(seed, finding) for finding in outcome.findings]
    return block


def done_blocks(blocks: Iterable[tuple[int, int]], processes: int) -> Iterator[Block]:
    """Yield blocks as they are done, by so many processes at a time."""
    for seed in range(WARM):  # or else every process would load the compiled code
        examine(scene(seed))
    context = multiprocessing.get_context("fork")
    to_do = iter(blocks)
    again: list[tuple[int, int]] = []
    running: dict[Connection, tuple[int, int]] = {}
    while True:
        while len(running) < processes and (block := again.pop() if again else next(to_do, None)):
            here, there = context.Pipe(duplex=False)
            context.Process(target=_send, args=(*block, there), daemon=True).start()
            there.close()
            running[here] = block
        if not running:
            return
        for ready in wait(list(running)):
            assert isinstance(ready, Connection)
            first, end = running.pop(ready)
            try:
                yield ready.recv()
            except EOFError:
                middle = (first + end) // 2
                if middle == first:
                    yield Block(first, end, findings=[(first, "the system has ended the process")])
                else:
                    again += [(first, middle), (middle, end)]
            ready.close()


def _send(first: int, end: int, connection: Connection) -> None:
    connection.send(look_at(first, end))


def digest() -> str:
    """Return a digest of all that decides what comes of a seed: engines, policies, worlds."""
    files = [*(ROOT / "stomp_flim").rglob("*.py"), *(ROOT / "policies").rglob("*.py")]
    content = hashlib.sha256()
    for path in sorted([*files, *Path(__file__).parent.glob("*.py")]):
        content.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:12]


class Journal:
    """The blocks that are done, one a line, in a file named after what they were done with."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"worlds-{digest()}.jsonl"
        self.blocks: list[Block] = []
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines(keepends=True):
                if line.endswith("\n"):  # the last one may be of a run that was ended
                    self.blocks.append(Block(**json.loads(line)))
            text = "".join(json.dumps(asdict(block)) + "\n" for block in self.blocks)
            self.path.write_text(text, encoding="utf-8")

    def add(self, block: Block) -> None:
        """Keep a block."""
        self.blocks.append(block)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(block)) + "\n")
