"""What decides the outcome of a training."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from stomp_flim.errors import InputError
from workloads.flim.data.pixels import PixelRecipe, Recipe

WINDOW = 100
"""Steps of which the mean loss and the mean weights are taken together."""

_LAST_RATE = 0.01


@dataclass(frozen=True)
class Plan:
    """All that decides the outcome of a training, beside the network that it starts from.

    Parameters
    ----------
    steps : int
        Steps of the optimizer (Adam).
    pixels : int
        Pixels of a batch.
    learning_rate : float
        Highest rate: it rises over the first `warmup` steps and falls as a cosine to 1% of it.
    warmup : int
    batches : int
        Batches of the data's stream, in another order each time; 0 for a stream without end.
    data_seed : int
        Seed of the stream.
    order_seed : int
        Seed of the order of the batches.
    largest_gradient : float
        Norm to which the gradient of all weights is shortened.
    integral_weight : float
        Weight of the squared error of a decay's mean over time, hence of lifetimes, in the loss.
    lifetime_weight : float
        Weight of the relative error of mean lifetimes
        (`workloads.flim.training.losses.lifetime_loss`).
    keep_best : bool
        Whether the training ends with the mean weights of the `WINDOW` steps of which these are
        best on pixels of another stream, instead of the last ones: rounded states can make a loss
        rise without return.
    teacher_weight : float
        Weight alpha of the distance to the teacher: the target then is
        ``alpha*teacher + (1 - alpha)*truth``.
    recipe : PixelRecipe
        Ranges of the data.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    steps: int
    pixels: int = 128
    learning_rate: float = 2e-3
    warmup: int = 100
    batches: int = 0
    data_seed: int = 1
    order_seed: int = 0
    largest_gradient: float = 0.5
    integral_weight: float = 5.0
    lifetime_weight: float = 0.0
    keep_best: bool = False
    teacher_weight: float = 0.0
    recipe: PixelRecipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        least = {
            "steps": 1,
            "pixels": 1,
            "warmup": 0,
            "batches": 0,
            "data_seed": 0,
            "order_seed": 0,
        }
        for name, low in least.items():
            if getattr(self, name) < low:
                raise InputError(
                    f"training: {name} is {getattr(self, name)!r}, expected at least {low}"
                )
        if not 0 < self.learning_rate < 1:
            raise InputError(f"training: learning_rate is {self.learning_rate}, expected 0 to 1")
        if not 0 <= self.teacher_weight <= 1:
            raise InputError(f"training: teacher_weight is {self.teacher_weight}, expected 0 to 1")
        if not self.largest_gradient > 0:
            raise InputError(
                f"training: largest_gradient is {self.largest_gradient}, expected more than 0"
            )
        for name in ("integral_weight", "lifetime_weight"):
            if getattr(self, name) < 0:
                raise InputError(f"training: {name} is {getattr(self, name)}, expected >= 0")

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, from 0."""
        falling = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        rising = min(1.0, (step + 1) / max(1, self.warmup))
        return self.learning_rate * rising * (_LAST_RATE + (1 - _LAST_RATE) * falling)

    def batch_of(self, step: int) -> int:
        """Return which batch of the stream a step reads, from 0."""
        if self.batches == 0:
            return step
        pass_, position = divmod(step, self.batches)
        order = np.random.default_rng([self.order_seed, pass_]).permutation(self.batches)
        return int(order[position])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name, as a checkpoint and a card keep them."""
        return asdict(self) | {"recipe": self.recipe.to_dict()}
