"""The searches that the pictures show: what a laboratory has on a Tuesday afternoon."""

import math
import random
from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

from benchmarks.dashboards.history import past_jobs
from benchmarks.dashboards.schedy_filling import fill
from schedy import pbt
from schedy.random import Choice, Distribution, LogUniform, Uniform
from schedy_server.model.accounts import Caller
from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import Status
from schedy_server.storage.ledger import Ledger
from scripts.screenshots.house import NOW, Filling
from scripts.screenshots.lab import Lab, Outcome

SEARCH, POPULATION, QUEUE = "cifar10-resnet18", "wikitext-transformer-pbt", "ablations-table-3"
FEW, MANY, NEW = "mnist-baseline", "imagenet-sweep", "speech-commands"
_MACHINES = ("node07", "node12", "node15", "node21")
_WORKERS = [f"{machine}:{4100 + gpu}" for machine in _MACHINES for gpu in range(2)]

_NOTE = """\
ResNet-18 on CIFAR-10, **20 epochs** each; the test set stays untouched.

* `batch_size` 512 does not fit on node07
* once done: retrain the best five with other seeds
"""
_NOTE_ON_BEST = "Holds with 3 of 4 seeds. Candidate for *table 2*."


def classifier(ledger: Ledger, caller: Caller) -> None:
    """A random search over an image classifier, eight workers at it."""
    objective = Objective("val_accuracy", Direction.MAX)
    space: dict[str, Distribution] = {
        "lr": LogUniform(1e-4, 0.5),
        "weight_decay": LogUniform(1e-6, 1e-2),
        "batch_size": Choice([64, 128, 256, 512]),
        "dropout": Uniform(0.0, 0.5),
        "label_smoothing": Uniform(0.0, 0.2),
        "optimizer": Choice(["sgd", "adamw", "lion"]),
        "augmentation": Choice(["flip", "mixup", "randaugment"]),
    }
    lab = Lab(ledger, caller, SEARCH, train_classifier)
    since = NOW - timedelta(hours=9, minutes=20)
    lab.found(since, {"RandomSearch": _wire(space)}, objective)
    lab.work(_WORKERS, since, NOW)
    lab.write(since, tags=["vision", "paper"], note=_NOTE)
    lab.write_on_best(1, tags=["baseline", "to-retrain"], note=_NOTE_ON_BEST)
    lab.write_on_best(4, tags=["seed-check"])
    lab.keep_view("Out of memory", "f=status:crashed")
    lab.keep_view("Best with lion", "f=optimizer=lion&sort=best")


def transformer(ledger: Ledger, caller: Caller) -> None:
    """A population of language models, in its fifteenth generation."""
    space: dict[str, Distribution] = {
        "lr": LogUniform(1e-5, 1e-2),
        "dropout": Uniform(0.0, 0.4),
        "warmup": Uniform(0.0, 0.2),
    }
    explore = {"lr": pbt.Perturb(0.8, 1.25), "dropout": pbt.Perturb(0.8, 1.2)}
    definition = {
        "objective": "min",
        "qualityResultName": "val_loss",
        "exploit": pbt.Truncate(0.25).to_wire(),
        "explore": {name: each.to_wire() for name, each in explore.items()},
        "init": _wire(space),
        "numParallel": 12,
        "maxGenerations": 20,
    }
    lab = Lab(ledger, caller, POPULATION, train_transformer)
    since = NOW - timedelta(hours=5, minutes=41)
    lab.found(since, {"PBT": definition})
    lab.write(since, tags=["language"])
    lab.work([f"tpu-pod-{at}:1" for at in range(1, 7)], since, NOW)


def ablations(ledger: Ledger, caller: Caller) -> None:
    """A queue filled by hand, half of it done."""
    lab = Lab(ledger, caller, QUEUE, train_ablation)
    since = NOW - timedelta(hours=2, minutes=12)
    lab.found(since, {"Manual": None}, Objective("f1", Direction.MAX))
    lab.write(since, tags=["paper"])
    variants = product(("full", "no-pretraining", "no-mixup", "no-ema"), (1, 2, 3, 4, 5, 6))
    lab.queue(since, [{"variant": variant, "seed": seed} for variant, seed in variants])
    lab.work(["ada-laptop:901", "node21:4102"], since + timedelta(minutes=1), NOW)


def baseline(ledger: Ledger, caller: Caller) -> None:
    """A small search that is over."""
    lab = Lab(ledger, caller, FEW, train_classifier)
    since = NOW - timedelta(days=3, hours=4)
    space: dict[str, Distribution] = {
        "lr": LogUniform(1e-4, 0.5),
        "batch_size": Choice([64, 128, 256]),
        "optimizer": Choice(["sgd", "adamw"]),
    }
    lab.found(since, {"RandomSearch": _wire(space)}, Objective("val_accuracy", Direction.MAX))
    lab.work(_WORKERS[:3], since, NOW - timedelta(hours=20), most=50)
    lab.pause(NOW - timedelta(days=2))


def newcomer(ledger: Ledger, caller: Caller) -> None:
    """An experiment without a job."""
    lab = Lab(ledger, caller, NEW, train_classifier)
    space: dict[str, Distribution] = {"lr": LogUniform(1e-5, 1e-1), "layers": Choice([2, 4, 6])}
    scheduler = {"RandomSearch": _wire(space)}
    lab.found(NOW - timedelta(minutes=2), scheduler, Objective("word_error_rate", Direction.MIN))


def sweep(jobs: int) -> Filling:
    """Return what makes an experiment with many jobs."""

    def work(ledger: Ledger, caller: Caller) -> None:
        fill(ledger, caller, MANY, past_jobs(jobs), until=NOW)

    return work


def train_classifier(
    given: Mapping[str, Any], _: Mapping[str, Any], dice: random.Random
) -> Outcome:
    """Train a network on pictures."""
    seconds = 260 * dice.lognormvariate(0, 0.25) * (1 + 64 / given["batch_size"])
    if given["batch_size"] == 512 and dice.random() < 0.14:
        reason = "CUDA out of memory: tried to allocate 1.21 GiB"
        return Outcome(35 + 10 * dice.random(), {}, Status.CRASHED, reason)
    best = {"sgd": -1.1, "adamw": -2.7, "lion": -3.2}[given["optimizer"]]
    miss = (math.log10(given["lr"]) - best) ** 2 / 7
    miss += (math.log10(given.get("weight_decay", 1e-4)) + 3.6) ** 2 / 60
    miss += (given.get("dropout", 0.15) - 0.15) ** 2 + given.get("label_smoothing", 0) / 12
    miss -= {"mixup": 0.01, "randaugment": 0.018}.get(given.get("augmentation", ""), 0)
    accuracy = round(min(0.9631, max(0.1, 0.945 - 0.55 * miss + dice.gauss(0, 0.004))), 4)
    if accuracy < 0.35:
        return Outcome(25, {"val_accuracy": accuracy}, Status.PRUNED, "no better than guessing")
    curve = _curve(accuracy, dice)
    whole = {"val_accuracy": accuracy, "val_accuracies": curve, "epochs": len(curve)}
    return Outcome(seconds, whole, partly={"val_accuracies": curve[:9], "epochs": 9})


def train_transformer(
    given: Mapping[str, Any], parent: Mapping[str, Any], dice: random.Random
) -> Outcome:
    """Train a language model on, from its parent's checkpoint."""
    before = parent.get("val_loss", 5.4)
    pace = math.exp(-((math.log10(given["lr"]) + 3.1) ** 2)) * (1 - abs(given["dropout"] - 0.1))
    loss = 2.71 + (before - 2.71) * (1 - 0.2 * pace) + dice.gauss(0, 0.012)
    checkpoint = f"s3://checkpoints/{dice.getrandbits(32):08x}.pt"
    results = {"val_loss": round(loss, 4), "checkpoint": checkpoint}
    return Outcome(620 * dice.lognormvariate(0, 0.12), results)


def train_ablation(given: Mapping[str, Any], _: Mapping[str, Any], dice: random.Random) -> Outcome:
    """Train one variant of the model with one seed."""
    levels = {"full": 0.874, "no-pretraining": 0.801, "no-mixup": 0.861, "no-ema": 0.866}
    return Outcome(
        940 + 60 * dice.random(), {"f1": round(levels[given["variant"]] + dice.gauss(0, 0.004), 4)}
    )


def _curve(end: float, dice: random.Random) -> list[float]:
    pace = dice.uniform(0.18, 0.4)
    return [
        round(end - (end - 0.1) * math.exp(-pace * epoch) * dice.uniform(0.92, 1.08), 4)
        for epoch in range(1, 20)
    ] + [end]


def _wire(space: Mapping[str, Distribution]) -> dict[str, Any]:
    return {name: each.to_wire() for name, each in space.items()}
