"""The readers of this project, each with files that it reads, made by our own writers."""

from __future__ import annotations

import importlib.util
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.frame import points as frame
from experiments.phase import points as phase
from experiments.shared.journal import Journal
from experiments.speedup import points as speedup
from hwmodels import devices
from hwmodels.device import load_device
from hwmodels.gru.weights import read_weights, seeded_weights, write_weights
from hwmodels.network import Network
from hwmodels.network_file import read_network
from stomp_flim import Mode, Platform, Task, TaskGraph
from stomp_flim.cli.commands import plugin_command
from stomp_flim.cli.diff.studies import read_items
from stomp_flim.cli.diff.tables import compare_tables, read_table
from stomp_flim.cli.study import StudiedCommand
from stomp_flim.cli.study.document import read_study
from stomp_flim.cli.study.options import options
from stomp_flim.errors import InputError
from stomp_flim.frame import FrameTime
from stomp_flim.frame.recurrence import Period
from stomp_flim.interchange import dot, psplib, stg, wfformat
from stomp_flim.interchange.platform_file import read_platform, write_platform
from stomp_flim.interchange.stomp.config import read_config
from stomp_flim.interchange.stomp.graph import read_graph, write_graph
from stomp_flim.interchange.stomp.trace import read_trace
from tests.workloads.flim.data.reading.other_files import (
    flimlabs_file,
    lif_file,
    phu_file,
    picoquant_file,
)
from tests.workloads.flim.data.reading.sdt_files import Block, sdt_file
from tests.workloads.imported import models
from workloads import imported
from workloads.flim import zoo
from workloads.flim.data import reading


@dataclass(frozen=True)
class Reader:
    """What is fuzzed.

    Attributes
    ----------
    suffix : str
        Of its files.
    read : callable
        Reads a file, to the last of what it says.
    files : tuple of bytes
        Files that it reads.
    """

    suffix: str
    read: Callable[[Path], object]
    files: tuple[bytes, ...]


TYPES = ["DSP", "Shared mem"]
GRAPHS = (
    TaskGraph.from_tasks(
        [Task(name, [Mode({"DSP": 1}, 3 + i)]) for i, name in enumerate(("a", 'b "c"', "d", "é"))],
        [(0, 1), (0, 2), (1, 3), (2, 3)],
        "diamond",
    ),
    TaskGraph.from_tasks([Task("alone", [Mode({"Shared mem": 1}, 20)])], [], "alone"),
)
PLATFORM = Platform({"DSP": 2, "Shared mem": 3}, clock_ns=4.5)
DOT = rb"""// by hand
strict digraph "two chains" { rankdir=LR; node [shape=box]
  a [latency=2, label="read \"x\"\lof \N"] "b:1" [latency="3", server_type="mem"; color=red];
  a:s -> c [color=blue]; subgraph s { d [latency=2]; style=dashed } { a "b:1":n } -> d -> -7;
  c [latency=2]; -7 [latency=1, label=<last>] subgraph s {} -> e; e[latency=4]
}"""
STG = b"3\n0 0 0\n1 2 1 0\n2 0 1 1\n3 4 1 2\n4 0 1 3\n# barrier\n"
NETWORKS = (
    b"""name = "a"
cell = "lstm"
units = [8, 4]
outputs = 3
encoder_steps = 20
decoder_steps = 10
dense = [{units = 6, activation = "relu"}]
""",
    b"""name = "b"
form = "stages"
[[stages]]
name = "first"
steps = 5
inputs = 1
layers = [{cell = "gru", units = 8, bidirectional = true}, {units = 2}]
""",
)
CONFIG = {
    "general": {"input_trace_file": "t.trc", "random_seed": 3},
    "simulation": {
        "sched_policy_module": "task_policies.simple_policy_ver2",
        "max_tasks_simulated": 30,
        "mean_arrival_time": 5.5,
        "servers": {"DSP": {"id": 0, "count": 1}, "Shared mem": {"id": 1, "count": 2}},
        "tasks": {
            "fft": {"mean_service_time": {"DSP": 5, "Shared mem": 20}},
            "add": {"mean_service_time": {"DSP": 2}, "stdev_service_time": {"DSP": 0.5}},
        },
    },
}
STUDIES = (
    b"""command = "speedup"
model = ["seq2seqlite", "mine/net.onnx"]
pixels = [1, 8, 64]
steps = 1
policy = ["fifo", "../p.py:f:a=1,b=c.json"]
as_published = false
clock-ns = 4.5
[made_with]
numpy = "2.0"
[digests]
study = "0123"
sources = "4567"
[digests.files]
"../p.py" = "89ab"
""",
    b"command = 'speedup'\n",
)
RESULTS = (
    b"""model,pixels,policy,makespan,gap,servers,exceeds,version
m,1,fifo,20,0.5,"2 DSP, 3 mem",True,0.1.0
m,8,fifo,160,1e-3,"2 DSP, 3 mem",,0.1.0
m,8,"p.py:f",NA,nan,"2 DSP, 3 mem",False,0.1.0
""",
)
JOBS = b"Time,Pixel #,Graph #,Timestep #,Priorities,Deadline\n0,0,1,1,0,None\n5,1,2,3,1,40\n"
TASKS = b"DSP,Shared mem\n0,fft,5.0,None\n3,add,2,20.5\n"


def readers() -> dict[str, Reader]:
    """Return the readers by name."""
    with tempfile.TemporaryDirectory() as folder:
        return _readers(Path(folder))


def _readers(folder: Path) -> dict[str, Reader]:
    def written(write: Callable[[Path], object], name: str) -> bytes:
        write(folder / name)
        return (folder / name).read_bytes()

    whole, table = folder / "g.graphml", folder / "g.txt"
    write_graph(GRAPHS[0], whole, table, TYPES)
    graphml, rows = whole.read_bytes(), table.read_bytes()
    workflows = [
        written(lambda path, g=g: wfformat.write_graph(g, path, PLATFORM), "g.json") for g in GRAPHS
    ]
    projects = [
        written(lambda path, g=g: psplib.write_graph(g, path, PLATFORM), "g.sm") for g in GRAPHS
    ]
    drawn = [written(lambda path, g=g: dot.write_graph(g, path), "g.dot") for g in GRAPHS]
    small = Platform({"DSP": 2, "Shared mem": 3}, 4.5, "small", {"BRAM": 1000})
    board = written(lambda path: write_platform(small, path), "p.toml")
    tasks = written(lambda path: stg.write_graph(GRAPHS[0], path), "g.stg")
    found = {
        "dot": Reader(".dot", dot.read_graph, (DOT, *drawn)),
        "stg": Reader(".stg", stg.read_graph, (STG, tasks)),
        "psplib": Reader(".sm", psplib.read_graph, tuple(projects)),
        "wfformat": Reader(".json", wfformat.read_graph, tuple(workflows)),
        "graphml": Reader(".graphml", _beside("g.txt", rows, read_graph), (graphml,)),
        "table": Reader(
            ".txt", _beside("g.graphml", graphml, lambda t, g: read_graph(g, t, TYPES)), (rows,)
        ),
        "config": Reader(".json", _config, (json.dumps(CONFIG, indent=1).encode(),)),
        "trace": Reader(".trc", lambda path: read_trace(path, TYPES), (JOBS, TASKS)),
        "device": Reader(
            ".toml",
            lambda path: load_device(path).summary,
            tuple(p.read_bytes() for p in sorted(Path(devices.__file__).parent.glob("*.toml"))[:4]),
        ),
        "platform": Reader(".toml", read_platform, (board,)),
        "network": Reader(".toml", lambda path: read_network(path).stages, NETWORKS),
        "study": Reader(".toml", _study, STUDIES),
        "results": Reader(".csv", _results, RESULTS),
        "card": Reader(".toml", _card, ((zoo.FOLDER / f"{zoo.DEFAULT}.toml").read_bytes(),)),
        "weights": Reader(".npz", read_weights, (_weights(folder),)),
        "journal": Reader(".jsonl", _journal, (_entries(),)),
    }
    found["onnx"] = Reader(".onnx", _model, tuple(_models()))
    found.update(_images(folder))
    found.update(_checkpoints(folder))
    return found


def _beside(name: str, content: bytes, read: Callable[..., object]) -> Callable[[Path], object]:
    """Return a reader of two files, of which the other one is whole."""

    def both(path: Path) -> object:
        other = path.parent / name
        if not other.exists():
            other.write_bytes(content)
        return read(path, other)

    return both


def _config(path: Path) -> object:
    config = read_config(path)
    results = []
    for part in (lambda: config.platform, config.task_graphs, lambda: config.policy):
        try:
            results.append(part())
        except InputError:
            continue
    return results


def _study(path: Path) -> object:
    known = options(plugin_command("experiments", "speedup", StudiedCommand))
    items = read_items(path)
    study, _ = read_study(path, "speedup", known)
    taken = {key: known[key].taken(value) for key, value in study.options.items()}
    return items, taken, study.digest, study.text(path.parent)


def _results(path: Path) -> object:
    table = read_table(path)
    found = compare_tables(path.name, table, table.iloc[::-1])
    return found.equal, [cells for _, cells in found.rows]


def _card(path: Path) -> object:
    return zoo.read(path.stem, path.parent)


def _weights(folder: Path) -> bytes:
    path = folder / "w.npz"
    write_weights(path, seeded_weights(Network("tiny", 1, 2), 0))
    return path.read_bytes()


def _entries() -> bytes:
    point = frame.FramePoint("m", 1, 8, "d", 1, "fifo", "free-running", 4, 0.01, 10**6)
    time = FrameTime(90, "recurrence", 0.0, 4, Period(1, 2, 20))
    entries: list[dict[str, Any]] = [
        frame.to_entry(point, (time, 80)),
        {"makespan": 30, "lower_bound": 20},
        {"makespan": {"fifo": 9, "hlfet": 8, "phase": 7}, "bound": 6, "bound_name": "path"},
    ]
    lines = [json.dumps({"key": str(key), **entry}) for key, entry in enumerate(entries)]
    return "\n".join([*lines, ""]).encode()


def _journal(path: Path) -> object:
    """Read the entries; no outcome of any may be below its bound."""
    with Journal(path) as journal:
        outcomes = [
            (speedup.from_entry(entry), phase.from_entry(entry), frame.from_entry(entry))
            for entry in journal.entries.values()
        ]
    for first, second, third in outcomes:
        assert first is None or 1 <= first.lower_bound <= first.makespan
        assert second is None or 1 <= second.bound <= min(second.makespan.values())
        assert third is None or 1 <= third[1] <= third[0].cycles * (1 + third[0].error)
    return outcomes


def _models() -> Iterator[bytes]:
    """Yield models: a recurrent layer, an encoder-decoder, a loop over a cell, codes."""
    made = (
        models.one_layer("LSTM", 2, direction="bidirectional"),
        models.published(1, 3, 4),
        models.scan("before", dense=True),
        models.loop(),
        models.quantized(per_axis=True),
    )
    for model, _ in made:
        yield model.SerializeToString()


def _model(path: Path) -> object:
    """Recognise a model and run it."""
    model = imported.load(path)
    is_open = any(
        isinstance(n, str) for info in model.document.graph.inputs for n in info.shape or ()
    )
    model = imported.load(path, 4) if is_open else model
    outputs = model.run(model.random_inputs())
    return model.understood(), outputs, model.network, model.weights


def _images(folder: Path) -> dict[str, Reader]:
    import ptufile
    import tifffile

    counts = np.random.default_rng(3).poisson(4, (3, 4, 135)).astype(np.uint16)
    np.save(folder / "i.npy", counts)
    np.savez_compressed(folder / "i.npz", counts=counts, bin_width_ns=0.09)
    np.savez(folder / "j.npz", counts=counts[..., :9].astype(float), bin_width_ns=0.5)
    ptufile.imwrite(folder / "i.ptu", counts, global_resolution=12.5e-9, tcspc_resolution=0.09e-9)
    ptufile.imwrite(
        folder / "j.ptu", np.stack([counts[..., :50]] * 2)[..., None, :], 12.5e-9, 0.09e-9
    )
    stack = np.moveaxis(counts, -1, 0)
    tifffile.imwrite(folder / "i.tif", stack, photometric="minisblack")
    tifffile.imwrite(folder / "j.tif", stack, photometric="minisblack", imagej=True)
    tifffile.imwrite(
        folder / "k.tif", stack, photometric="minisblack", compression="zlib", rowsperstrip=2
    )
    tifffile.imwrite(folder / "l.tif", stack[:, None, None], photometric="minisblack")
    lifetimes = {"axes": "THYX"}
    tifffile.imwrite(
        folder / "m.tif", stack.reshape(1, *stack.shape), ome=True, metadata=lifetimes,
        photometric="minisblack",
    )  # fmt: skip
    (folder / "i.sdt").write_bytes(sdt_file(Block(counts[..., :64])))
    trace = Block(np.arange(50, dtype="<u2"), kind="mcs")
    (folder / "j.sdt").write_bytes(
        sdt_file(trace, Block(counts, 25.6, compressed=True), Block(counts[0, 0], kind="decay"))
    )
    (folder / "i.phu").write_bytes(phu_file([(counts[0, 0], 9e-11, 80_000_000)]))
    files = {"phu": "i", "npy": "i", "npz": "ij", "ptu": "ij", "sdt": "ij", "tif": "ijklm"}
    made = {
        suffix: tuple((folder / f"{name}.{suffix}").read_bytes() for name in names)
        for suffix, names in files.items()
    }
    found = {f"image-{name}": Reader(f".{name}", reading.read, made[name]) for name in made}
    found |= {f"contents-{name}": Reader(f".{name}", reading.contents, made[name]) for name in made}
    return found | _images_of_libraries(counts)


def _images_of_libraries(counts: NDArray[np.uint16]) -> dict[str, Reader]:
    if not all(map(importlib.util.find_spec, ("lfdfiles", "liffile", "phasorpy"))):
        return {}  # without the extra that reads them
    planes = np.ones((2, 256, 256), "<f4")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.b&h", planes.tobytes())
    files = {
        "b&h": planes.tobytes(),
        "bhz": packed.getvalue(),
        "bin": picoquant_file(counts, 0.09),
        "json": flimlabs_file({0: counts[:2, :2]}, 2, 12.8),
        "lif": lif_file("a", "b"),
    }
    return {
        f"contents-{suffix}": Reader(f".{suffix}", reading.contents, (content,))
        for suffix, content in files.items()
    }


def _checkpoints(folder: Path) -> dict[str, Reader]:
    try:
        from workloads.flim.training import checkpoints
        from workloads.flim.training.networks import EncoderDecoder
    except ImportError:  # without the extra that trains there is nothing to read
        return {}
    path = folder / "c.pt"
    checkpoints.save(path, EncoderDecoder((2,)), {"steps": 3}, checkpoints.Progress(1, [0.5]))
    return {"checkpoint": Reader(".pt", checkpoints.load, (path.read_bytes(),))}
