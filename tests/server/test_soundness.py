"""What a server looks at before it trusts a database."""

import os
from pathlib import Path

import pytest
import structlog

from schedy_server import soundness
from schedy_server.soundness import (
    DatabaseUnsound,
    check_soundness,
    file_system_of,
    may_lose_commits,
)
from schedy_server.storage.durability import Replication, replication_of
from schedy_server.storage.opening import open_storage
from tests.databases import fresh_database, postgres_server, shared_server


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.40.1", True),
        ("3.44.5", True),
        ("3.44.6", False),
        ("3.50.6", True),
        ("3.50.7", False),
        ("3.51.2", True),
        ("3.51.3", False),
        ("3.54.1", False),
        ("4.0.0", False),
    ],
)
def test_versions_that_may_lose_commits_are_known(version: str, expected: bool) -> None:
    assert may_lose_commits(version) is expected


def test_of_such_a_version_is_warned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("apsw.sqlite_lib_version", lambda: "3.40.1")
    with structlog.testing.capture_logs() as lines:
        check_soundness(f"sqlite:///{tmp_path}/schedy.db", allow_network_disk=False)
    assert [(line["log_level"], line["version"]) for line in lines] == [("warning", "3.40.1")]


def test_a_database_to_be_made_is_sound(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        check_soundness(f"sqlite:///{tmp_path}/new/schedy.db", allow_network_disk=False)
    assert lines == []
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_use_is_sound(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/schedy.db"
    with open_storage(url):
        check_soundness(url, allow_network_disk=False)


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_network_disks_are_refused_unless_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(soundness, "file_system_of", lambda _: kind)
    url = f"sqlite:///{tmp_path}/schedy.db"
    with pytest.raises(DatabaseUnsound, match="--allow-network-disk"):
        check_soundness(url, allow_network_disk=False)
    check_soundness(url, allow_network_disk=True)


def mounts(folder: Path, kind: str, device: int) -> Path:
    place = f"{os.major(device)}:{os.minor(device)}"
    file = folder / "mountinfo"
    file.write_text(
        f"22 1 0:21 / /proc rw - proc proc rw\n36 1 {place} / {folder} rw shared:1 - {kind} x rw\n"
    )
    return file


def test_the_kind_of_a_file_system_is_that_of_its_mount(tmp_path: Path) -> None:
    file = mounts(tmp_path, "nfs4", tmp_path.stat().st_dev)
    assert file_system_of(tmp_path / "not" / "there", file) == "nfs4"
    assert file_system_of(tmp_path, tmp_path / "none") is None


def test_a_disk_of_this_machine_is_none_of_the_network(tmp_path: Path) -> None:
    assert file_system_of(tmp_path) not in soundness._NETWORK


@pytest.mark.postgres
def test_a_durable_postgresql_is_not_warned_of() -> None:
    with fresh_database(shared_server()) as url, structlog.testing.capture_logs() as lines:
        check_soundness(url, allow_network_disk=False)
    assert lines == []


@pytest.mark.postgres
@pytest.mark.slow
def test_of_a_postgresql_that_forgets_is_warned() -> None:
    with (
        postgres_server(fsync="off", full_page_writes="off") as server,
        structlog.testing.capture_logs() as lines,
    ):
        check_soundness(server.url(), allow_network_disk=False)
    assert [line["because"].partition(" is ")[0] for line in lines] == ["fsync", "full_page_writes"]


@pytest.mark.postgres
def test_replication_is_told_as_it_is() -> None:
    with fresh_database(shared_server()) as url, open_storage(url) as storage:
        found = storage.read_now(lambda ledger: replication_of(ledger.session))
    assert str(found).startswith("synchronous replication: off, so a fail-over")
    assert str(Replication("ANY 1 (a, b)")) == "synchronous replication: on (ANY 1 (a, b))"
