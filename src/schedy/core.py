"""SchedyDB: the way in."""

import os
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from schedy import errors, pagination, workers
from schedy.connection import NUM_AUTH_RETRIES, Connection, segment
from schedy.credentials import ConfigurationFile, load_configuration, wanted_patience
from schedy.experiments import Experiment, experiment_from_wire
from schedy.workers import Worker

__all__ = ["NUM_AUTH_RETRIES", "SchedyDB"]


class SchedyDB:
    """A server, and all experiments on it that you may see.

    Where it is and who you are stands in `~/.schedy/client.json`, which `schedy login` writes;
    the variables SCHEDY_ROOT, SCHEDY_EMAIL and SCHEDY_TOKEN override it. A SchedyDB may be shared
    between threads, and used on both sides of a fork.

    Args:
        config_path: Another configuration file: its path, or the open file.
        config_override: Overrides the file and the variables: `root`, `email`, `token`,
            `token_type` (`"api_token"` or `"password"`).
        timeout: How many seconds the server may keep silent before a try counts as failed.
        patience: For how many seconds a request is tried again while the server can't be reached
            or is overloaded; 0 tries once. By default, the variable SCHEDY_PATIENCE says it, or
            it is five minutes, and an hour for the end of a job. A result that is not delivered
            then is safe in a file, and `schedy flush` sends it.

    Attributes:
        connection: The conversation with the server, for requests that nothing else here makes.

    Raises:
        ConfigurationError: Something is missing or makes no sense; the message says what to do.
    """

    def __init__(
        self,
        config_path: str | os.PathLike[str] | ConfigurationFile | None = None,
        config_override: Mapping[str, Any] | None = None,
        *,
        timeout: float = 30.0,
        patience: float | None = None,
    ) -> None:
        configuration = load_configuration(config_path, config_override)
        usual, final = wanted_patience(patience)
        self.connection = Connection(
            configuration, timeout=timeout, patience=usual, final_patience=final
        )

    def __repr__(self) -> str:
        configuration = self.connection.configuration
        return f"SchedyDB(root={configuration.root!r}, email={configuration.email!r})"

    def add_experiment(self, exp: Experiment) -> None:
        """Put a new experiment on the server.

        Raises:
            ResourceExistsError: There is one with that name.
        """
        # Sent again because its answer was lost, it must not find itself in the way.
        headers = {"If-None-Match": "*", "Idempotency-Key": str(uuid.uuid4())}
        path = f"experiments/{segment(exp.name)}/"
        try:
            answer = self.connection.request("PUT", path, exp.settings(), headers=headers)
        except errors.UnsafeUpdateError as error:
            raise errors.ResourceExistsError(error.body, error.code) from error
        exp.learn(self.connection, answer.json() if answer.body else None)

    def get_experiment(self, name: str) -> Experiment:
        """Return the experiment with this name.

        Raises:
            ClientRequestError: There is none.
        """
        answer = self.connection.request("GET", f"experiments/{segment(name)}/")
        return experiment_from_wire(self.connection, answer.json())

    def get_or_add_experiment(self, exp: Experiment) -> Experiment:
        """Return the experiment with this name as it is, or add it: for many equal workers."""
        try:
            self.add_experiment(exp)
        except errors.ResourceExistsError:
            return self.get_experiment(exp.name)
        return exp

    def get_experiments(self) -> Iterator[Experiment]:
        """Iterate over all experiments."""
        for wire in pagination.items(self.connection, "experiments/"):
            yield experiment_from_wire(self.connection, wire)

    def workers(self) -> list[Worker]:
        """Return who runs jobs right now, and which machines had trouble lately."""
        return list(workers.workers(self.connection))

    def quarantine(self, worker: str, reason: str | None = None) -> None:
        """Give a machine no more jobs, until somebody lifts that; what runs there goes on.

        Args:
            worker: The name of the machine, or that of a worker on it.
            reason: Why, for those who wonder.
        """
        workers.quarantine(self.connection, worker, reason)

    def lift(self, worker: str) -> None:
        """Give a machine jobs again that was quarantined.

        Args:
            worker: The name of the machine, or that of a worker on it.
        """
        workers.lift(self.connection, worker)
