"""ONNX files: read, checked and turned into plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stomp_flim.errors import InputError, shown
from stomp_flim.files import reading
from workloads.imported.graph import Array, Function, Graph, Info, Node, Reference
from workloads.imported.tensors import array_of

MOST_BYTES = 2**31 - 1
"""Of a file: what its format can say."""

OLDEST = 7
"""Oldest version of ONNX's operator set that is read, of 2017: operands broadcast as in NumPy."""

_WHAT = "an ONNX model"
_INTEGERS = frozenset(range(2, 8)) | {9, 12, 13}  # types of `onnx.TensorProto`, bool among them


@dataclass(frozen=True, eq=False)
class Document:
    """A model as its file says it.

    Attributes
    ----------
    path : Path
    producer : str
        The tool that wrote the file.
    version : int
        Of ONNX's operator set.
    graph : Graph
    functions : mapping of str to Function
        Operators that the file defines itself.
    digest : str
        SHA-256 of the file.
    """

    path: Path
    producer: str
    version: int
    graph: Graph
    functions: Mapping[str, Function]
    digest: str


def read(path: Path | str) -> Document:
    """Read a model.

    Raises
    ------
    InputError
        If the package onnx is not installed, the file is no ONNX model or is damaged, its operator
        set is older than version 7, external data lie outside its folder, or a weight is NaN.
    """
    path = Path(path)
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError:
        raise InputError(
            f"{path}: ONNX models are read by the package onnx: pip install stomp-flim[onnx]"
        ) from None
    with reading(path, _WHAT, damage=DecodeError), path.open("rb") as stream:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{path}: {size:,} bytes, expected at most {MOST_BYTES:,}")
        content = stream.read(MOST_BYTES)
        model = onnx.ModelProto.FromString(content)
    if not model.HasField("graph") or not model.opset_import:
        raise InputError(f"{path}: is not {_WHAT}, or is truncated: it holds no graph")
    with reading(path, _WHAT):  # a graph may be nested too deeply
        return _document(model, path, hashlib.sha256(content).hexdigest())


def _document(model: Any, path: Path, digest: str) -> Document:
    versions = _versions(model)
    version = versions.get("", OLDEST)
    if version < OLDEST:
        raise InputError(
            f"{path}: operator set {version}, expected {OLDEST} or later; "
            "onnx.version_converter brings a model to it"
        )
    producer = f"{model.producer_name} {model.producer_version}".strip()
    reader = _Reader(path, versions)
    return Document(
        path,
        producer if producer.isprintable() else shown(producer),
        version,
        reader.graph(model.graph),
        {_kind(f.domain, f.name): reader.function(f) for f in model.functions},
        digest,
    )


def _versions(holder: Any) -> dict[str, int]:
    return {_domain(entry.domain): entry.version for entry in holder.opset_import}


def _domain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def _kind(domain: str, name: str) -> str:
    domain = _domain(domain)
    return f"{domain}:{name}" if domain else name


class _Reader:
    """From messages of the format to plain data."""

    def __init__(self, path: Path, versions: dict[str, int]) -> None:
        self.path = path
        self.versions = versions

    def graph(self, graph: Any) -> Graph:
        if graph.sparse_initializer:
            raise InputError(f"{self.path}: graph {shown(graph.name)} holds sparse tensors")
        constants = {tensor.name: array_of(tensor, self.path) for tensor in graph.initializer}
        return Graph(
            graph.name,
            tuple(self.info(value) for value in graph.input if value.name not in constants),
            tuple(self.info(value) for value in graph.output),
            self.nodes(graph.node),
            constants,
        )

    def info(self, value: Any) -> Info:
        tensor = value.type.tensor_type
        shape = None
        if value.type.HasField("tensor_type") and tensor.HasField("shape"):
            shape = tuple(
                d.dim_value if d.HasField("dim_value") else d.dim_param or "?"
                for d in tensor.shape.dim
            )
        return Info(value.name, shape, tensor.elem_type in _INTEGERS)

    def nodes(self, nodes: Iterable[Any]) -> tuple[Node, ...]:
        return tuple(self.node(node) for node in nodes)

    def node(self, node: Any) -> Node:
        kind = _kind(node.domain, node.op_type)
        name = node.name or next(iter(node.output), "")
        attributes = {a.name: self.attribute(a, f"node {shown(name)}") for a in node.attribute}
        version = self.versions.get(_domain(node.domain), self.versions.get("", OLDEST))
        return Node(kind, name, tuple(node.input), tuple(node.output), attributes, version)

    def attribute(self, attribute: Any, place: str) -> Any:
        from onnx import AttributeProto as Kind

        if attribute.ref_attr_name:
            return Reference(attribute.ref_attr_name)
        match attribute.type:
            case Kind.FLOAT:
                return float(attribute.f)
            case Kind.INT:
                return int(attribute.i)
            case Kind.STRING:
                return _text(attribute.s)
            case Kind.FLOATS:
                return [float(value) for value in attribute.floats]
            case Kind.INTS:
                return [int(value) for value in attribute.ints]
            case Kind.STRINGS:
                return [_text(value) for value in attribute.strings]
            case Kind.TENSOR:
                return self.tensor(attribute.t)
            case Kind.GRAPH:
                return self.graph(attribute.g)
        raise InputError(
            f"{self.path}: {place}: attribute {shown(attribute.name)} is of kind "
            f"{attribute.type}, expected numbers, text, a tensor or a graph"
        )

    def tensor(self, tensor: Any) -> Array:
        return array_of(tensor, self.path)

    def function(self, function: Any) -> Function:
        defaults = {
            a.name: self.attribute(a, f"function {shown(function.name)}")
            for a in function.attribute_proto
        }
        return Function(
            tuple(function.input),
            tuple(function.output),
            defaults,
            _Reader(self.path, self.versions | _versions(function)).nodes(function.node),
        )


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")
