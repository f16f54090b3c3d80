"""Raw requests to a running server, as whoever has its account's token."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import urllib3

from tests.running import RunningServer


@dataclass
class Asker:
    """Asks a server, once for each request; what comes back is what it answered."""

    server: RunningServer
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))
    session: str = ""

    def sign_in(self) -> None:
        body = {"email": self.server.email, "token": self.server.token}
        self.session = self.ask("POST", "token/", body).json()["token"]

    def ask(
        self, method: str, path: str, body: Any = None, *, tag: str | None = None
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": "application/json"}
        if self.session:
            headers["Authorization"] = f"Bearer {self.session}"
        if tag is not None:
            headers["If-Match"] = tag
        content = None if body is None else json.dumps(body)
        return self.pool.request(
            method, self.server.root + path, body=content, headers=headers, timeout=20
        )

    def status(self, method: str, path: str, body: Any = None, *, tag: str | None = None) -> int:
        return self.ask(method, path, body, tag=tag).status

    def start(self) -> "Running":
        """Have a new job of the experiment `e` run."""
        answer = self.ask("POST", "experiments/e/claims/", {"claim_id": _name(), "worker": "w"})
        assert answer.status == 200, answer.data
        job = answer.json()
        return Running(self, job["id"], job["lease_id"], answer.headers["ETag"])

    def make_experiment(self) -> None:
        body = {"scheduler": {"RandomSearch": {"x": {"uniform": {"low": 0, "high": 1}}}}}
        answer = self.ask("PUT", "experiments/e/", {"name": "e", "status": "RUNNING", **body})
        assert answer.status in {200, 201}, answer.data


@dataclass
class Running:
    """A job that runs."""

    asker: Asker
    id: str
    lease_id: str
    tag: str

    def finish(self, results: Any = None) -> int:
        body = {"lease_id": self.lease_id, "status": "DONE", "results": results or {"loss": 1}}
        return self.asker.status(
            "POST", f"experiments/e/jobs/{self.id}/finish/", body, tag=self.tag
        )

    def report(self, results: Any) -> int:
        body = {"lease_id": self.lease_id, "results": results}
        return self.asker.status(
            "POST", f"experiments/e/jobs/{self.id}/report/", body, tag=self.tag
        )

    def beat(self) -> int:
        body = {"lease_id": self.lease_id}
        return self.asker.status("POST", f"experiments/e/jobs/{self.id}/heartbeat/", body)


def _name() -> str:
    return str(uuid.uuid4())


def asker_of(server: RunningServer) -> Asker:
    """Return somebody who has signed in, and made the experiment `e`."""
    asker = Asker(server)
    asker.sign_in()
    asker.make_experiment()
    return asker
