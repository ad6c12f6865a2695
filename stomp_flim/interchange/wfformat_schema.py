"""WfFormat 1.5 and 1.6 as far as it is read; see `stomp_flim.interchange.wfformat`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSIONS = ("1.5", "1.6")


class _Object(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, frozen=True)


class SpecifiedTask(_Object):
    """A task and its place in the workflow."""

    id: str
    name: str
    parents: list[str]
    children: list[str]


class ExecutedTask(_Object):
    """What a task took."""

    id: str
    runtimeInSeconds: Annotated[float, Field(ge=0)]  # noqa: N815  the format's name
    coreCount: Annotated[float, Field(gt=0, le=10**6)] = 1  # noqa: N815
    machines: list[str] = []


class Cpu(_Object):
    """The processor of a machine."""

    coreCount: Annotated[int, Field(ge=1, le=10**6)] = 1  # noqa: N815


class Machine(_Object):
    """A machine that took part."""

    nodeName: str  # noqa: N815
    cpu: Cpu = Cpu()


class Specification(_Object):
    """What is to be done."""

    tasks: Annotated[list[SpecifiedTask], Field(min_length=1)]


class Execution(_Object):
    """What it took."""

    tasks: list[ExecutedTask]
    machines: list[Machine] = []


class Workflow(_Object):
    """The workflow with a record of its execution."""

    specification: Specification
    execution: Execution


class Instance(_Object):
    """A WfFormat document."""

    name: str
    schemaVersion: Literal["1.5", "1.6"]  # noqa: N815
    description: str = ""
    workflow: Workflow
