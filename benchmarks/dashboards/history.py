"""What a search of the past looks like: the same jobs for everybody who is compared."""

import math
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

OPTIMIZERS = ("adam", "sgd", "adamw", "lion")
AUGMENTATIONS = ("none", "flip", "mixup", "randaugment")
RANGES = {  # what the floats are drawn from; the first two on a logarithmic scale
    "lr": (1e-5, 1e-1),
    "weight_decay": (1e-6, 1e-2),
    "dropout": (0.0, 0.6),
    "momentum": (0.5, 0.999),
    "warmup": (0.0, 0.2),
    "smoothing": (0.0, 0.3),
}
LOGARITHMIC = ("lr", "weight_decay")
WORKERS = 24
EPOCHS = 20
_WITH_CURVE = 5  # one job of so many reports its loss after each epoch
_CRASHING = 0.04


class PastJob(NamedTuple):
    """One job that is over.

    Attributes:
        accuracy: None where it crashed.
        losses: After each epoch; empty for most.
        start: Seconds since the search began.
        seconds: How long it took.
    """

    hyperparameters: dict[str, Any]
    accuracy: float | None
    losses: list[float]
    worker: str
    start: float
    seconds: float


def past_jobs(count: int, seed: int = 1) -> Iterator[PastJob]:
    """Yield as many jobs, always the same ones, as if some workers had taken turns."""
    dice = random.Random(seed)
    free = [0.0] * WORKERS
    for number in range(count):
        given = _drawn(dice)
        accuracy = None if dice.random() < _CRASHING else _accuracy(given, dice)
        seconds = 60 * dice.lognormvariate(0, 0.4) * (0.3 if accuracy is None else 1)
        at = min(range(WORKERS), key=free.__getitem__)
        start = free[at]
        free[at] += seconds + dice.uniform(0.2, 2)
        is_curve = accuracy is not None and number % _WITH_CURVE == 0
        yield PastJob(
            given,
            accuracy,
            _losses(accuracy, dice) if is_curve and accuracy is not None else [],
            f"gpu-{at // 4 + 1:02}:{4000 + at}",
            start,
            seconds,
        )


def _drawn(dice: random.Random) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, (low, high) in RANGES.items():
        if name in LOGARITHMIC:
            given[name] = math.exp(dice.uniform(math.log(low), math.log(high)))
        else:
            given[name] = dice.uniform(low, high)
    given["optimizer"] = dice.choice(OPTIMIZERS)
    given["augmentation"] = dice.choice(AUGMENTATIONS)
    return given


def _accuracy(given: dict[str, Any], dice: random.Random) -> float:
    """Return what an image classifier might reach with these."""
    loss: float = (math.log10(given["lr"]) + 3 + 0.5 * (given["optimizer"] == "sgd")) ** 2 / 9
    loss += (math.log10(given["weight_decay"]) + 4) ** 2 / 60
    loss += (given["dropout"] - 0.2) ** 2
    loss += 0.04 * dice.random()
    loss -= 0.03 * (given["augmentation"] == "randaugment") + 0.02 * (given["optimizer"] == "adamw")
    accuracy: float = 0.97 - 0.6 * loss + dice.gauss(0, 0.01)
    return max(0.1, min(0.999, accuracy))


def _losses(accuracy: float, dice: random.Random) -> list[float]:
    end, rate = 2.3 * (1 - accuracy), dice.uniform(0.15, 0.5)
    return [
        round(end + (2.3 - end) * math.exp(-rate * epoch) * dice.uniform(0.93, 1.07), 5)
        for epoch in range(1, EPOCHS + 1)
    ]
