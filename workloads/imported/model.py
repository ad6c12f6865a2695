"""An imported model: run it, see what was understood of it, schedule it, quantize it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hwmodels.costs.servers import Granularity
from hwmodels.device import Device
from hwmodels.devices import xc7k410t
from hwmodels.gru import quantization
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.errors import InputError, shown
from stomp_flim.model.graph import TaskGraph
from workloads.imported import integers, understood, weights
from workloads.imported.document import Document, read
from workloads.imported.equations import Check, check
from workloads.imported.execution import Execution
from workloads.imported.graph import Array
from workloads.imported.inputs import checked
from workloads.imported.recognition.network import Recognised, network, recognise
from workloads.imported.recognition.sizes import example
from workloads.published.decomposition import decompose, published_shape
from workloads.tiles.graph import decompose_tiles


@dataclass(frozen=True, eq=False)
class Imported:
    """A model from a file.

    Parameters
    ----------
    document : Document
        What its file says.
    steps : int, optional
        Time steps, where the file leaves their number open.
    """

    document: Document
    steps: int | None = None

    @property
    def name(self) -> str:
        """The name of its file without the suffix."""
        return self.document.path.stem

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run the model in float64.

        Parameters
        ----------
        inputs : mapping of str to array
            By the names and in the layouts of the file, as `onnxruntime` takes them.

        Returns
        -------
        dict of str to array
            Outputs by the names of the file, in its layouts.

        Raises
        ------
        InputError
            If an input is missing, unknown or of another shape, or an operator is not covered or
            cannot be computed; the message names its node.
        """
        return self.outputs_of(Execution(self.document), inputs)

    def outputs_of(self, execution: Execution, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs of an execution of this model."""
        path = self.document.path
        outputs = execution.run(checked(self.document.graph.inputs, inputs, str(path)))
        for name, value in outputs.items():
            if not isinstance(value, np.ndarray):
                raise InputError(f"{path}: output {name!r} is a sequence, expected a tensor")
        return {name: np.asarray(value) for name, value in outputs.items()}

    def random_inputs(self, seed: int = 0) -> dict[str, Array]:
        """Return seeded random inputs; axes other than time that are open get size 1."""
        return example(self.document.graph, self.recognised.sizes, seed)

    @cached_property
    def recognised(self) -> Recognised:
        """What was recognised of it."""
        return recognise(self.document, self.steps)

    @cached_property
    def network(self) -> RecurrentNetwork:
        """Its shape: stages and layers.

        Raises
        ------
        InputError
            If some operators have no place in one, the number of steps is open and not given, or
            the equations of the layers that were recognised do not give the model's outputs.
        """
        if not self.gives_outputs:
            far = ", ".join(f"{shown(n)} by {d:.1e}" for n, d in self.differences().items())
            raise InputError(
                f"{self.document.path}: no network of layers and stages: the equations of the "
                f"layers that were recognised miss output {far}, expected no more than rounding"
            )
        return self._shape

    @cached_property
    def _shape(self) -> RecurrentNetwork:
        """The network that was recognised, whether or not it gives the outputs."""
        try:
            return network(self.recognised, self.name)
        except InputError as error:
            raise self._named(error) from error

    @cached_property
    def weights(self) -> dict[str, Array]:
        """Its weights in float64, named as in `hwmodels.cells.weights`."""
        return weights.weights(self.recognised.stages, self.network)

    def differences(self, seed: int = 0) -> dict[str, float]:
        """Compare the recognised network with the model on random inputs.

        The network is computed by the equations of its cells (`hwmodels.cells`), which are not
        those of the operators, from the weights that were found.

        Returns
        -------
        dict of str to float
            For each output of the network's size the largest difference; empty where something is
            ignored, and the two are not meant to be equal.

        Raises
        ------
        InputError
            If some operators have no place in a network, or the number of steps is open.
        """
        return (self._checked if seed == 0 else self._check(seed)).differences

    @property
    def gives_outputs(self) -> bool:
        """Whether `differences` are no more than rounding explains; so too where there are none."""
        return self._checked.holds

    @cached_property
    def _checked(self) -> Check:
        return self._check(0)

    def _check(self, seed: int) -> Check:
        found, shape, inputs = self.recognised, self._shape, self.random_inputs(seed)
        try:
            return check(found, shape, weights.weights(found.stages, shape), inputs, self.run)
        except InputError as error:
            raise self._named(error) from error

    def _named(self, error: InputError) -> InputError:
        where = f"{self.document.path}: "
        return InputError(f"{where}{str(error).removeprefix(where)}")

    def understood(self) -> dict[str, Any]:
        """Return what was understood, what was ignored and what found no place."""
        return understood.about(self.document, self.recognised)

    def graph(
        self,
        stage: str = "pipeline",
        steps: int | None = None,
        *,
        granularity: Granularity = "row",
        device: Device = xc7k410t,
    ) -> TaskGraph:
        """Return one inference as a task graph.

        A GRU encoder-decoder with the reset before the product has the decomposition and the
        durations of the published accelerators; every other network that of
        `workloads.tiles.graph`, priced from a device.

        Parameters
        ----------
        stage : str
            ``"pipeline"`` or the name of a stage.
        steps : int, optional
            Time steps of each stage, by default those of the network.
        granularity : {"scalar", "row", "gate"}
            Size of a tile, where there are tiles.
        device : Device
            The FPGA whose costs give durations to tiles.

        Raises
        ------
        InputError
            If the model is no network, or there is no such stage or no step.
        """
        published = published_shape(self.network)
        if published is not None:
            return decompose(published, stage, steps)
        return decompose_tiles(self.network, device, granularity, stage, steps)

    def quantize(
        self,
        bits: int,
        calibration: Array | Mapping[str, Array],
        *,
        stored: int | None = None,
    ) -> quantization.Quantized:
        """Return integers for the kernel, their formats and the error that they cost.

        Parameters
        ----------
        bits : int
            Of weights and of what they multiply.
        calibration : array or mapping of str to array
            Inputs such as the network will see: pixels x steps, or pixels x steps x inputs; or by
            name in the layout of the file, of any batch.
        stored : int, optional
            Bits in which the state is stored and blended, by default `bits`.

        Returns
        -------
        hwmodels.gru.quantization.Quantized

        Raises
        ------
        InputError
            If the model is no GRU encoder-decoder as the kernel knows them, computes more than its
            network shows, or the data do not fit.
        """
        source = str(self.document.path)
        try:
            kernel = self.network.require_encoder_decoder("the integer kernel")
        except InputError as error:
            raise self._named(error) from error
        activations = integers.activations(self.recognised, source)
        x = integers.sequences(calibration, self.recognised, kernel, source)
        codes = weights.kernel_weights(self.weights, kernel)
        return quantization.quantize(codes, kernel, x, bits, activations=activations, stored=stored)


def load(path: Path | str, steps: int | None = None) -> Imported:
    """Read a model from an ONNX file.

    Parameters
    ----------
    path : path
    steps : int, optional
        Time steps, where the file leaves their number open and the network is asked for.

    Returns
    -------
    Imported

    Raises
    ------
    InputError
        If the package onnx is not installed, or the file is no ONNX model that can be read.

    Examples
    --------
    >>> import numpy as np
    >>> from onnx import TensorProto, helper
    >>> from workloads.imported import load
    >>> x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in "xy")
    >>> graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "tiny", [x], [y])
    >>> import tempfile, onnx, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "tiny.onnx"
    ...     onnx.save(helper.make_model(graph), path)
    ...     model = load(path)
    >>> model.run({"x": np.zeros(2)})
    {'y': array([0., 0.])}
    """
    return Imported(read(path), steps)
