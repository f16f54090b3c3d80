"""Runs in a mount namespace of its own, where the folder that it is given is a disk of 96 MiB.

unshare -m python -m tests.operations.small_disk FOLDER
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.operations.asking import Asker, Running, asker_of
from tests.running import running_server
from tests.waiting import wait_until

CLAIM = {"claim_id": "c", "worker": "w"}
JOB = {"status": "QUEUED"}


@dataclass
class Scene:
    """A server on a small disk."""

    disk: Path
    asker: Asker
    jobs: list[Running]

    @property
    def ballast(self) -> Path:
        return self.disk / "data" / "schedy.db.ballast"

    def claim(self) -> int:
        return self.asker.status("POST", "experiments/e/claims/", CLAIM)

    def look(self, path: str) -> str:
        return self.asker.ask("GET", path).data.decode()

    def fill(self, *, leave: int) -> None:
        """Fill the disk until no more than so many MiB are free."""
        with (self.disk / "fill").open("ab", buffering=0) as file:
            while free(self.disk) > leave * 2**20:
                try:
                    file.write(bytes(64 * 1024))
                except OSError:
                    return


def free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def when_there_is_little_room_claims_wait(scene: Scene) -> None:
    wait_until(scene.ballast.exists, seconds=5)
    scene.fill(leave=24)
    wait_until(lambda: scene.claim() == 503, seconds=5)
    answer = scene.asker.ask("POST", "experiments/e/claims/", CLAIM)
    assert 30 <= int(answer.headers["Retry-After"]) <= 120, answer.headers
    assert scene.asker.status("POST", "experiments/e/jobs/", JOB) == 503
    assert scene.jobs[0].report({"loss": 2}) == 200
    assert scene.ballast.exists()
    assert "disk_low: " in scene.look("readyz")


def when_there_is_none_results_are_taken(scene: Scene) -> None:
    scene.fill(leave=0)
    wait_until(lambda: not scene.ballast.exists(), seconds=5)
    ended = [job.finish({"text": "x" * 20_000}) for job in scene.jobs[1:]]
    assert ended == [200] * len(ended), ended
    assert scene.jobs[0].report({"loss": 3}) == 503
    assert scene.jobs[0].beat() == 200
    assert 'schedy_strain{strain="disk_full"} 1.0' in scene.look("metrics")


def when_there_is_room_again_all_is_well(scene: Scene) -> None:
    (scene.disk / "fill").unlink()
    began = time.monotonic()
    wait_until(lambda: scene.claim() == 200, seconds=10)
    assert time.monotonic() - began <= 5
    wait_until(scene.ballast.exists, seconds=5)
    assert scene.look("readyz") == "ready"


def main(disk: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", disk], check=True)
    with running_server(data=disk / "data", ballast="8MiB", min_free="32MiB") as server:
        asker = asker_of(server)
        scene = Scene(disk, asker, [asker.start() for _ in range(40)])
        when_there_is_little_room_claims_wait(scene)
        when_there_is_none_results_are_taken(scene)
        when_there_is_room_again_all_is_well(scene)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
