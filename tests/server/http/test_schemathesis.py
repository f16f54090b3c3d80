"""An independent reader of the description asks the real server all that it allows, and more."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from hypothesis import settings

from tests.databases import fresh_database, shared_server
from tests.running import RunningServer, running_server

# About 3,000 requests each. With the profile `thorough`, 60,000 for each database.
SEEDS = range(1, 2 + settings().max_examples // 250)
CONFIGURATION = """
color = false
continue-on-failure = true
request-timeout = 20.0

[generation]
database = "none"

[checks]
# What a schema can't say, the server refuses all the same: an email address, a used key.
positive_data_acceptance.enabled = false
missing_required_header.expected-statuses = [401, 428]
# A condition that does not hold is said before what else is wrong.
negative_data_rejection.expected-statuses = [
  400, 401, 403, 404, 405, 409, 412, 413, 414, 422, 428, 429,
]

# What hangs on an experiment is asked of one that exists.
[[operations]]
include-path-regex = "experiment}/."
parameters = { "path.experiment" = "mnist" }

[[operations]]
include-operation-id = "delete_experiment"
parameters = { "path.experiment" = "another" }
"""


@contextmanager
def asked(database: str | None) -> Iterator[RunningServer]:
    with running_server(database, max_long_poll="0.001", log_level="error") as schedy:
        yield schedy


def send(schedy: RunningServer, method: str, path: str, body: object, token: str) -> str:
    data = json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"}
    request = Request(f"{schedy.root}{path}", data, headers, method=method)  # noqa: S310 - our own
    with urlopen(request) as answer:  # noqa: S310 - our own
        text: str = answer.read().decode()
    return text


def session(schedy: RunningServer) -> str:
    """Sign in with the password: a token might be revoked by one of the requests."""
    credentials = {"email": schedy.email, "token": schedy.password}
    return str(json.loads(send(schedy, "POST", "passauth/", credentials, ""))["token"])


def judged(
    schedy: RunningServer, folder: Path, *, seed: int, examples: int
) -> subprocess.CompletedProcess[str]:
    """Return what was found; the examples of the description are there to begin with."""
    token = session(schedy)
    send(schedy, "PUT", "experiments/mnist/", {"scheduler": {"RandomSearch": {}}}, token)
    send(schedy, "PUT", "experiments/mnist/jobs/bqkvw7zt3x/", {}, token)
    configuration = folder / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    return subprocess.run(
        [
            *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
            *("--config-file", configuration, "run", f"{schedy.root}openapi.json"),
            *("--header", f"Authorization: Bearer {token}", "--max-examples", str(examples)),
            *("--seed", str(seed)),
        ],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", SEEDS)
def test_the_server_does_what_its_description_says(tmp_path: Path, seed: int) -> None:
    with asked(None) as schedy:
        found = judged(schedy, tmp_path, seed=seed, examples=10)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.fuzz
@pytest.mark.postgres
@pytest.mark.parametrize("seed", SEEDS)
def test_so_it_does_on_postgresql(tmp_path: Path, seed: int) -> None:
    with fresh_database(shared_server()) as url, asked(url) as schedy:
        found = judged(schedy, tmp_path, seed=seed, examples=5)
    assert found.returncode == 0, found.stdout + found.stderr
