"""When the disk fails, nothing is acknowledged any more that may not be there."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
import urllib3

from tests.operations.asking import Asker, asker_of
from tests.running import RunningServer, running_server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

BROKEN = 70  # os.EX_SOFTWARE


@contextmanager
def failing(
    server: RunningServer, folder: Path, calls: str, error: str, *, only: Path | None = None
) -> Iterator[None]:
    """Have system calls of the server fail, for one file or all, as long as this is entered."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: it makes the disk fail (apt-get install strace)")
    said = folder / "strace"
    command = [strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}"]
    command += [] if only is None else ["-P", str(only)]
    inject = ["-e", f"inject={calls}:error={error}", "-p", str(server.process.pid)]
    with said.open("w") as errors, subprocess.Popen([*command, *inject], stderr=errors) as process:
        wait_until(lambda: _is_traced(server) or process.poll() is not None)
        if process.poll() is not None:
            pytest.skip(f"strace may not trace other processes here: {said.read_text()}")
        try:
            yield
        finally:
            process.terminate()


def _is_traced(server: RunningServer) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):  # threads, and processes, come and go
        tasks = Path(f"/proc/{server.process.pid}/task").iterdir()
        return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in tasks)
    return server.process.poll() is not None


def add_until_it_breaks(asker: Asker, **content: object) -> int:
    """Add jobs, and return how many of them the server acknowledged."""
    for acknowledged in count():
        try:
            status = asker.status("POST", "experiments/e/jobs/", {"status": "QUEUED", **content})
        except urllib3.exceptions.HTTPError:
            return acknowledged
        assert status == 201
    raise AssertionError("unreachable")


@pytest.mark.parametrize("calls", ["fdatasync,fsync", "pwrite64"])
def test_at_the_first_disk_error_the_server_ends(tmp_path: Path, calls: str) -> None:
    with running_server(data=tmp_path / "data") as server:
        asker = asker_of(server)
        assert asker.status("POST", "experiments/e/jobs/", {"status": "QUEUED"}) == 201
        with failing(server, tmp_path, calls, "EIO"):
            assert add_until_it_breaks(asker) == 0
            assert server.process.wait(20) == BROKEN
        assert "the disk failed" in server.log.read_text()
    with running_server(data=tmp_path / "data") as server:
        assert queued(asker_of(server)) >= 1


def queued(asker: Asker) -> int:
    return len(asker.ask("GET", "experiments/e/jobs/").json()["items"])


@pytest.mark.parametrize("number", [1, 3, 8])
def test_what_was_acknowledged_before_is_there_afterwards(tmp_path: Path, number: int) -> None:
    with running_server(data=tmp_path / "data") as server:
        asker = asker_of(server)
        with failing(server, tmp_path, "fdatasync", f"EIO:when={number}+"):
            acknowledged = add_until_it_breaks(asker)
            assert server.process.wait(20) == BROKEN
    with running_server(data=tmp_path / "data") as server:
        assert acknowledged <= queued(asker_of(server)) <= acknowledged + 1


def test_an_error_that_only_moving_the_log_meets_is_none_to_live_with(tmp_path: Path) -> None:
    with running_server(data=tmp_path / "data") as server:
        asker = asker_of(server)
        database = tmp_path / "data" / "schedy.db"
        with failing(server, tmp_path, "fdatasync,fsync", "EIO", only=database):
            assert add_until_it_breaks(asker, results={"text": "x" * 1_000_000}) < 20
            assert server.process.wait(20) == BROKEN
    with running_server(data=tmp_path / "data") as server:
        assert queued(asker_of(server)) >= 3


def test_a_full_disk_is_waited_out_in_the_same_process(tmp_path: Path) -> None:
    with running_server(data=tmp_path / "data") as server:
        asker = asker_of(server)
        job = asker.start()
        with failing(server, tmp_path, "pwrite64", "ENOSPC"):
            answer = asker.ask("POST", "experiments/e/jobs/", {"status": "QUEUED"})
            assert (answer.status, answer.headers.get("Retry-After") is not None) == (503, True)
            assert job.finish() == 503
        assert job.finish() == 200
        wait_until(lambda: asker.status("GET", "experiments/e/nextjob/") == 200, seconds=5)


@pytest.mark.parametrize("how", ["moved", "removed", "replaced"])
def test_without_its_file_the_server_ends(tmp_path: Path, how: str) -> None:
    with running_server(data=tmp_path / "data") as server:
        file = tmp_path / "data" / "schedy.db"
        asker_of(server)
        if how == "removed":
            file.unlink()
        elif how == "moved":
            file.rename(tmp_path / "elsewhere.db")
        else:
            shutil.copy(file, tmp_path / "copy.db")
            (tmp_path / "copy.db").replace(file)
        assert server.process.wait(20) == BROKEN
        assert f"{file} was " in server.log.read_text()


@pytest.mark.parametrize("place", [0, 5000])
def test_a_damaged_database_is_not_served(tmp_path: Path, place: int) -> None:
    with running_server(data=tmp_path) as server:
        asker_of(server)
        server.stop()
    with (tmp_path / "schedy.db").open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 4096)
    command = [*server.process.args[:3], "serve", "--data", str(tmp_path), "--port", "0"]  # type: ignore[index]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=30)
    assert done.returncode == os.EX_DATAERR
    assert "schedy-server restore FILE --replace" in done.stderr
