"""Models by one text: registered workloads, trained networks, and files of networks and graphs.

=============================== ==================================================================
``seq2seqlite``                 a registered workload; ``seq2seqlite:units=48,layers=3`` with its
                                parameters
``seq2seqlite-16``              a trained network of the zoo
``network.toml``                a network file, see `hwmodels.network_file`
``network.onnx``                a network as `workloads.imported` recognises it
``dag.stg``                     a task graph, see `stomp_flim.interchange.graph_file`
=============================== ==================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hwmodels.costs.servers import Granularity
from hwmodels.device import Device
from hwmodels.devices import xc7k410t
from hwmodels.network_file import read_network
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim import plugins
from stomp_flim.errors import InputError, near_names
from stomp_flim.files import reading
from stomp_flim.interchange.graph_file import FORMATS, files_of, format_of, read_graph
from stomp_flim.interchange.text.typed_parameters import typed_parameters
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from workloads.facts import Durations, facts_of
from workloads.flim import zoo
from workloads.imported import load
from workloads.published.decomposition import STAGES, decompose, published_shape
from workloads.tiles.graph import decompose_tiles

UNTILED = "postprocess"
"""The stage that has no derived durations: it is no matter of an FPGA."""
WHOLE = "whole"
"""The only stage of a graph that is no network."""

KINDS = {".toml": "network", ".onnx": "imported"}
"""Of files that are no task graphs, by the ending of their names."""

Build = Callable[[str, int | None, Durations | None, Device], TaskGraph]


@dataclass(frozen=True, eq=False)
class Model:
    """What can be scheduled under one name.

    Attributes
    ----------
    name, title : str
        For tables and for headings; a file is named without its folder.
    stages : tuple of str
        Its parts.
    build : callable
        Makes a graph of a stage, a number of steps, durations and an FPGA.
    network : RecurrentNetwork, optional
        What it computes; None where a graph is no network.
    durations : tuple of {"published", "derived"}
        Which ones it has graphs with, its own first; none where the graph brings its own.
    granularity : {"scalar", "row", "gate"}
        How a network is cut.
    platform : Platform, optional
        The servers that a graph file brings.
    """

    name: str
    title: str
    stages: tuple[str, ...]
    build: Build
    network: RecurrentNetwork | None = None
    durations: tuple[Durations, ...] = ()
    granularity: Granularity = "row"
    platform: Platform | None = None

    @property
    def steps(self) -> str:
        """Steps of the stages of a whole inference, such as ``"135+135"``; none of a graph file."""
        stages = () if self.network is None else self.network.stages
        return "+".join(str(stage.steps) for stage in stages)

    @property
    def whole(self) -> str:
        """The stage that is all of it: the pipeline of a network, or the graph of a file."""
        return "pipeline" if "pipeline" in self.stages else self.stages[-1]

    def graph(
        self,
        stage: str,
        steps: int | None = 1,
        durations: Durations | None = None,
        device: Device = xc7k410t,
    ) -> TaskGraph:
        """Return the graph of a stage.

        Parameters
        ----------
        stage : str
            One of `stages`.
        steps : int, optional
            Time steps of each stage, None for those of the network; a graph that is no network has
            none, and is the same for all.
        durations : {"published", "derived"}, optional
            By default its own.
        device : Device
            The FPGA whose costs give derived durations.

        Raises
        ------
        InputError
            If it has no such stage or no such durations, or there is no step.
        """
        known = self.stages_with(durations)
        if stage not in known:
            raise InputError(f"{self.name}: unknown stage {stage!r}; {near_names(stage, known)}")
        return self.build(stage, steps, self.whose_durations(durations), device)

    def stages_with(self, durations: Durations | None) -> tuple[str, ...]:
        """Return the stages of which there are graphs with such durations."""
        tiled = self.whose_durations(durations) == "derived"
        return tuple(stage for stage in self.stages if not tiled or stage != UNTILED)

    def whose_durations(self, wanted: Durations | None) -> Durations | None:
        """Return the durations that its graphs have, where some are wanted, or its own.

        Raises
        ------
        InputError
            If it has no such ones.
        """
        if wanted is None:
            return self.durations[0] if self.durations else None
        if wanted not in self.durations:
            known = (
                f"those are {' or '.join(self.durations)}" if self.durations else "it has its own"
            )
            raise InputError(f"{self.name}: no {wanted} durations of this model; {known}")
        return wanted


def load_model(
    text: str,
    format: str | None = None,
    server_type: str | None = None,
    steps: int | None = None,
) -> Model:
    """Return the model that a text names.

    Parameters
    ----------
    text : str
        See the table above.
    format : str, optional
        Of a graph file, where its name does not tell; nothing to others.
    server_type : str, optional
        Of the tasks of a graph file that names none; nothing to others.
    steps : int, optional
        Of an ONNX file that leaves them open; nothing to others.

    Raises
    ------
    InputError
        If there is no such model, a parameter is wrong, or its file is not what it should be.

    Examples
    --------
    >>> from workloads.models import load_model
    >>> model = load_model("seq2seqlite:units=48,layers=3")
    >>> model.network.encoder_decoder().hidden_units, len(model.graph("encoder"))
    (48, 2610)
    """
    kind = kind_of(text, format)
    if kind == "graph":
        return _of_graph_file(Path(text), format, server_type)
    if kind == "network":
        network = read_network(text)
        return _of_network(network, Path(text).name, network.name)
    if kind == "imported":
        network = load(Path(text), steps).network
        return _of_network(network, Path(text).name, network.name)
    if kind == "trained":
        found = zoo.read(text).specification
        return _of_network(
            RecurrentNetwork.of(found.network, found.arithmetic.weight.bits), text, text
        )
    return _registered(text)


def kind_of(text: str, format: str | None = None) -> str:
    """Return what a text names: a ``"registered"`` workload, a ``"trained"`` network, or a file.

    Of a ``"network"``, an ``"imported"`` one, or a ``"graph"``.

    Raises
    ------
    InputError
        If nothing has that name, and it is no file of a known format.
    """
    name, ending = text.partition(":")[0], Path(text).suffix.lower()
    registered, trained = plugins.registered("workloads"), zoo.names()
    if name in registered:
        return "registered"
    if text in trained:
        return "trained"
    if name in trained:
        raise InputError(f"model {text!r}: a trained network, which has no parameters")
    if ending in KINDS and format is None:
        return KINDS[ending]
    known = any(ending in each.endings for each in FORMATS.values())
    if format is not None or known or Path(text).is_file():
        format_of(Path(text), format)
        return "graph"
    raise InputError(f"unknown model {text!r}; {near_names(name, [*registered, *trained])}")


def model_digest(text: str, format: str | None = None) -> str:
    """Return a digest of the files that a text names; that of a name is empty.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    kind, files = kind_of(text, format), tuple[Path, ...]()
    if kind == "graph":
        files = files_of(Path(text), format)
    elif kind in KINDS.values():
        files = (Path(text),)
    digest = hashlib.sha256()
    for file in files:
        with reading(file):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _registered(text: str) -> Model:
    name, _, parameters = text.partition(":")
    factory = plugins.load("workloads", name)
    options = typed_parameters(f"model {text!r}", factory, parameters, ("stage", "steps"))
    title, colon, _ = plugins.summary(factory).partition(":")
    title = (title if colon else name) + (f" ({parameters})" if parameters else "")

    def build(stage: str, steps: int | None, durations: str | None, device: Device) -> TaskGraph:
        own = facts is None or durations == facts.durations[0]
        if network is not None and not own:
            return decompose_tiles(network, device, "row", stage, steps)
        count = steps or (1 if network is None else network.stages[0].steps)
        return plugins.workload_graph(name, stage=stage, steps=count, **options)

    facts = facts_of(factory)
    network = None if facts is None else RecurrentNetwork.of(facts.network(**options))
    if facts is None:
        return Model(text, title, STAGES, build)
    granularity = options.get("granularity", "row")
    return Model(text, title, facts.stages, build, network, facts.durations, granularity)


def _of_network(network: RecurrentNetwork, name: str, title: str) -> Model:
    """Return a network's model; published are encoder-decoders of equal layers of one GRU alone."""
    shape = published_shape(network)

    def build(stage: str, steps: int | None, durations: str | None, device: Device) -> TaskGraph:
        if durations == "published" and shape is not None:
            return decompose(shape, stage, steps)
        return decompose_tiles(network, device, "row", stage, steps)

    if shape is not None:
        return Model(name, title, STAGES, build, network, ("published", "derived"))
    stages = (*(stage.name for stage in network.stages), "pipeline")
    return Model(name, title, stages, build, network, ("derived",))


def _of_graph_file(path: Path, format: str | None, server_type: str | None) -> Model:
    graph, platform = read_graph(path, format, server_type)
    return Model(path.name, path.name, (WHOLE,), lambda *_: graph, platform=platform)
