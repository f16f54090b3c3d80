"""Two searches over real models, on the handwritten digits that come with scikit-learn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import schedy

EPOCHS = 20  # of each job of the random search
EPOCHS_OF_A_GENERATION = 4
GENERATIONS = 8
POPULATION = 6


def digits() -> tuple:
    """Return images and labels: for training, for choosing, and for the final exam."""
    images, labels = load_digits(return_X_y=True)
    rest, exam, rest_labels, exam_labels = train_test_split(
        images / 16, labels, test_size=0.5, random_state=0, stratify=labels
    )
    train, choose, train_labels, choose_labels = train_test_split(
        rest, rest_labels, test_size=0.33, random_state=0, stratify=rest_labels
    )
    return (train, train_labels), (choose, choose_labels), (exam, exam_labels)


# Random search: one independent draw after another


def random_search() -> schedy.Experiment:
    """Search five hyperparameters of a network that has twenty epochs to learn."""
    return schedy.RandomSearch(
        "digits-random",
        {
            "learning_rate_init": schedy.random.LogUniform(0.0001, 0.1),
            "alpha": schedy.random.LogUniform(0.000001, 1),
            "batch_size": schedy.random.Choice([8, 32, 128]),
            "hidden_layer_sizes": schedy.random.Choice([[16], [32], [64], [32, 32]]),
            "activation": schedy.random.Choice(["relu", "tanh", "logistic"], [0.5, 0.25, 0.25]),
        },
        maximize="accuracy",
    )


def train_at_random(job: schedy.Job, _: Path) -> None:
    """Train a network from scratch and judge it on images that it has not seen."""
    model = trained(job.hyperparameters)
    _, choose, _ = digits()
    job.results["accuracy"] = model.score(*choose)


def trained(hyperparameters: dict) -> MLPClassifier:
    """Return a network that was trained with these; what is absent is scikit-learn's default."""
    (images, labels), _, _ = digits()
    model = MLPClassifier(random_state=0, **hyperparameters)
    for _ in range(EPOCHS):
        model.partial_fit(images, labels, classes=range(10))
    return model


def exam_at_random(hyperparameters: dict) -> float:
    """Return how much of the exam such a network gets right."""
    return trained(hyperparameters).score(*digits()[2])


# Population-based training: a job goes on where its parent stopped


def population() -> schedy.Experiment:
    """Train a population of networks; bad ones copy good ones, and vary the copy."""
    return schedy.PopulationBasedTraining(
        "digits-pbt",
        objective=schedy.pbt.MAXIMIZE,
        result_name="accuracy",
        exploit=schedy.pbt.Truncate(0.34),
        explore={
            "learning_rate": schedy.pbt.Perturb(0.5, 2.0),
            "alpha": schedy.pbt.Perturb(0.5, 2.0),
        },
        initial_distributions={
            "learning_rate": schedy.random.LogUniform(0.0003, 0.1),
            "alpha": schedy.random.LogUniform(0.00001, 0.1),
        },
        population_size=POPULATION,
        max_generations=GENERATIONS,
    )


def train_population(job: schedy.Job, folder: Path) -> None:
    """Train a bit further than the parent, and say where the weights are."""
    train, choose, _ = digits()
    parent = job.results.get("checkpoint")
    model = joblib.load(parent) if parent else new_network()
    learn(model, train, **job.hyperparameters)
    job.results["accuracy"] = model.score(*choose)
    # A file of its own for each attempt: a parent's weights must stay what they were.
    job.results["checkpoint"] = str(folder / f"{job.job_id}-{job.attempt}.joblib")
    joblib.dump(model, job.results["checkpoint"])


def new_network() -> MLPClassifier:
    """Return a network that knows nothing."""
    return MLPClassifier(hidden_layer_sizes=(32,), random_state=0)


def learn(model: MLPClassifier, data: tuple, *, learning_rate: float, alpha: float) -> None:
    """Train for one generation."""
    images, labels = data
    model.set_params(learning_rate_init=learning_rate, alpha=alpha)
    if hasattr(model, "_optimizer"):
        # The optimiser keeps the rate with which it was made; there is no public way to change it.
        model._optimizer.learning_rate_init = learning_rate  # noqa: SLF001 - see above
    for _ in range(EPOCHS_OF_A_GENERATION):
        model.partial_fit(images, labels, classes=range(10))


def exam_of_population(checkpoint: str | None) -> float:
    """Return how much of the exam a trained network gets right; without one, one with defaults."""
    train, _, exam = digits()
    if checkpoint is not None:
        return joblib.load(checkpoint).score(*exam)
    model = new_network()
    for _ in range(GENERATIONS):
        learn(model, train, learning_rate=0.001, alpha=0.0001)
    return model.score(*exam)


@dataclass(frozen=True)
class Search:
    """A search of the demo."""

    title: str
    experiment: Callable[[], schedy.Experiment]
    train: Callable[[schedy.Job, Path], None]
    jobs: int


SEARCHES = {
    "digits-random": Search("Random search", random_search, train_at_random, 60),
    "digits-pbt": Search(
        "Population-based training", population, train_population, POPULATION * GENERATIONS
    ),
}
