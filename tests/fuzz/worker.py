"""A process that reads mutants, under limits that it cannot leave; see `tests.fuzz.harness`.

It says on its standard output which mutant it begins, and what came of it. The limits are those of
the system: too much processor time ends the process, and too much memory is a MemoryError.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

from stomp_flim.errors import InputError
from tests.fuzz.mutators import mutant
from tests.fuzz.readers import Reader, readers

SECONDS = 10
BYTES = 2 * 2**30


def main() -> None:
    """Read mutants ``first`` to ``last`` of a reader."""
    name, seed, first, last = sys.argv[1], *map(int, sys.argv[2:5])
    reader = readers()[name]
    warnings.simplefilter("ignore")
    held = _most()
    _limit_memory(held)
    with tempfile.TemporaryDirectory() as folder:
        for index in range(first, last):
            _say(begin=index)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            finding = outcome(reader, mutant(name, seed, index, reader.files), Path(folder))
            signal.setitimer(signal.ITIMER_PROF, 0)
            if _most() > held + BYTES:
                _say(end=index, kind="memory", where=f"{_most() - held:,} bytes")
                return  # what was held at most never falls: the next one is for another process
            _say(end=index, **finding)


def outcome(reader: Reader, content: bytes, folder: Path) -> dict[str, str]:
    """Return what a reader makes of a file: it is ``read`` or ``refused``, or this is a finding."""
    path = folder / f"mutant{reader.suffix}"
    path.write_bytes(content)
    try:
        reader.read(path)
    except InputError as error:
        if "\n" in str(error):
            return {"kind": "message", "where": "an InputError", "text": str(error)[:300]}
        return {"kind": "refused"}
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        kind = "memory" if isinstance(error, MemoryError) else "traceback"
        return {"kind": kind, "where": where, "text": traceback.format_exc()[-1500:]}
    return {"kind": "read"}


def _most() -> int:
    """Bytes that the process has held at most."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _limit_memory(held: int) -> None:
    """Room that is asked for and never used is no fault; it ends at four times what is one."""
    status = Path("/proc/self/statm")
    room = int(status.read_text().split()[0]) * resource.getpagesize() if status.exists() else held
    resource.setrlimit(resource.RLIMIT_AS, (room + 4 * BYTES, room + 4 * BYTES))


def _say(**what: object) -> None:
    sys.__stdout__.write(json.dumps(what) + "\n")
    sys.__stdout__.flush()


if __name__ == "__main__":
    main()
