"""Posteriors where the response is known: of pixels of the field, on their own record's bins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.machine_code import kept
from workloads.flim.data.field import FieldRecipe
from workloads.flim.lifetimes.classical.model import Model
from workloads.flim.lifetimes.posterior.annealing import Effort, Values
from workloads.flim.lifetimes.posterior.prior import logarithmic, or_none, ordered, simplex
from workloads.flim.lifetimes.posterior.result import Kind, Posterior, by_number, in_chunks

NODES = 400
"""Lifetimes for which a model is asked; between them light is a straight line in the logarithm."""

_CHUNK = 32
_DARKEST = 1e-30  # so that a logarithm exists


def posterior_of_light(
    counts: Sequence[npt.NDArray[Any]],
    models: Sequence[Model],
    recipe: FieldRecipe,
    *,
    seed: int = 0,
    effort: Effort | None = None,
) -> Posterior:
    """Weigh what a recipe draws by the counts of pixels of which each response is known.

    Parameters
    ----------
    counts : sequence of array [bins]
        Counts of each pixel; those of dead bins are not looked at.
    models : sequence of Model
        What the record shows of a decay: one for each pixel, or one for all.
    recipe : FieldRecipe
        Ranges of lifetimes, numbers of components and background. Those of the instrument are not
        used.
    seed : int
        Of the draws.
    effort : Effort, optional

    Raises
    ------
    InputError
        If there are not as many models as pixels, or a pixel's bins are not those of its model.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.data.field import FIELD
    >>> from workloads.flim.instrument.forward import Forward
    >>> from workloads.flim.lifetimes.posterior.light import posterior_of_light
    >>> forward = Forward(0.05, np.eye(1, 256, 40)[0], 1, period_ns=12.8)
    >>> found = posterior_of_light([np.round(1000 * forward.light(2.0))], [forward], FIELD)
    >>> bool(abs(found.median_ns[0] - 2.0) < 0.1)
    True
    """
    if not len(counts) or len(models) not in (1, len(counts)):
        raise InputError(f"{len(models)} models of {len(counts)} pixels, expected one for each")
    for row, seen in enumerate(counts):
        expected = models[row if len(models) > 1 else 0].bins
        if np.shape(seen) != (expected,):
            raise InputError(f"counts of the shape {np.shape(seen)}, expected {expected} time bins")
    nodes = np.geomspace(*recipe.tau_ns, NODES)
    shared = models[0].light(nodes) if len(models) == 1 else None

    def kinds(chunk: slice) -> list[Kind]:
        rows = range(chunk.start, chunk.stop)
        lights = [models[row].light(nodes) if shared is None else shared for row in rows]
        constants = [models[row if shared is None else 0].constant for row in rows]
        table = _Table([counts[row] for row in rows], lights, constants)
        return by_number(recipe, lambda number, share: _kind(recipe, number, share, table))

    return in_chunks(len(counts), _CHUNK, kinds, seed, effort or Effort())


def _kind(recipe: FieldRecipe, number: int, share: float, table: _Table) -> Kind:
    """Return decays of so many lifetimes: they, their shares, and the background's."""

    def decays(points: Values) -> tuple[Values, Values]:
        return ordered(points[..., :number]), simplex(points[..., number:-1])

    def likelihood(pixels: npt.NDArray[np.int64], points: Values) -> Values:
        place, amplitude = decays(points)
        background = or_none(points[..., -1], recipe.clean, recipe.background)
        return table.likelihood(pixels, place * (NODES - 1), amplitude, background)

    def mean_ns(points: Values) -> Values:
        place, amplitude = decays(points)
        return np.asarray((logarithmic(place, recipe.tau_ns) * amplitude).sum(axis=-1))

    return Kind(share, 2 * number, likelihood, mean_ns)


class _Table:
    """Light of the nodes in the bins of each pixel that hold counts, and in all."""

    def __init__(
        self,
        counts: Sequence[npt.NDArray[Any]],
        lights: Sequence[Values],
        constants: Sequence[Values],
    ) -> None:
        live = [constant > 0 for constant in constants]
        held = [np.flatnonzero((row > 0) & seen) for row, seen in zip(counts, live, strict=True)]
        most = max(len(places) for places in held)
        self.number = np.array([len(places) for places in held])
        self.counts = np.zeros((len(held), most))
        self.light = np.zeros((len(held), NODES, most))
        for row, places in enumerate(held):
            self.counts[row, : len(places)] = counts[row][places]
            self.light[row, :, : len(places)] = lights[row][:, places]
        self.total = np.stack([light.sum(axis=1) for light in lights])
        self.constant = np.array([1.0 / seen.sum() for seen in live])

    def likelihood(
        self, pixels: npt.NDArray[np.int64], place: Values, share: Values, background: Values
    ) -> Values:
        found = np.empty(background.shape)
        _likelihood(
            pixels, place, share, background,
            self.number, self.counts, self.light, self.total, self.constant, found,
        )  # fmt: skip
        return found


@kept(error_model="numpy")
def _likelihood(
    pixels: Any, place: Any, share: Any, background: Any,
    number: Any, counts: Any, light: Any, total: Any, constant: Any, found: Any,
) -> None:  # fmt: skip
    mixed = np.empty(counts.shape[1])
    for row in range(len(pixels)):
        pixel = pixels[row]
        held = number[pixel]
        for point in range(place.shape[1]):
            whole = 0.0
            mixed[:held] = 0.0
            for k in range(place.shape[2]):
                node = min(int(place[row, point, k]), light.shape[1] - 2)
                second = (place[row, point, k] - node) * share[row, point, k]
                first = share[row, point, k] - second
                whole += first * total[pixel, node] + second * total[pixel, node + 1]
                for i in range(held):
                    mixed[i] += first * light[pixel, node, i] + second * light[pixel, node + 1, i]
            lit = (1.0 - background[row, point]) / whole
            dark = background[row, point] * constant[pixel] + _DARKEST
            sums = 0.0
            for i in range(held):
                sums += counts[pixel, i] * math.log(lit * mixed[i] + dark)
            found[row, point] = sums
