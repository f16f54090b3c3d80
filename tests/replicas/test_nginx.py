"""Behind nginx, set up as the documentation says, servers are restarted and nobody notices."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from schedy import ManualSearch, RandomSearch
from schedy.random import Uniform
from tests.docs.pages import DOCS, blocks
from tests.replicas.asking import Asked
from tests.replicas.cluster import SERVERS, Cluster, check, free_port, workers
from tests.waiting import wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/bin")

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]

AROUND = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 500; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


def configuration(folder: Path, port: int, servers: list[int], **instead: str) -> str:
    """Return what the documentation says, with these ports, and without encryption."""
    page = (DOCS / "howto/behind-a-proxy.md").read_text("utf-8")
    site = next(block.content for block in blocks(page) if block.language == "nginx")
    upstream = " ".join(f"server 127.0.0.1:{each} fail_timeout=2s;" for each in servers)
    site = re.sub(r"(    server 127[^;]*;[^\n]*\n)+", f"    {upstream}\n", site)
    site = re.sub(r" *ssl_.*\n", "", site).replace("443 ssl", f"127.0.0.1:{port}")
    for old, new in instead.items():
        site = site.replace(old.replace("_", " ") + ";", new)
    return AROUND.format(folder=folder, site=site)


@contextmanager
def nginx(cluster: Cluster, folder: Path, **instead: str) -> Iterator[None]:
    """Put nginx before the servers."""
    assert NGINX is not None
    cluster.port = free_port()
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, cluster.port, [*cluster.ports], **instead))
    folder.chmod(0o755)
    with subprocess.Popen([NGINX, "-p", folder, "-c", file, "-e", folder / "error.log"]) as process:
        try:
            wait_until(lambda: process.poll() is not None or (folder / "pid").exists())
            assert process.poll() is None, (folder / "error.log").read_text()
            yield
        finally:
            process.terminate()


@pytest.fixture
def cluster(database: str) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(database, stack)


def test_a_rolling_restart_behind_nginx(cluster: Cluster, tmp_path: Path) -> None:
    with nginx(cluster, tmp_path):
        cluster.connect().add_experiment(RandomSearch("search", {"x": Uniform(0.0, 1.0)}))
        with workers(cluster, threading.Event()) as finished:
            for number in range(SERVERS):
                enough = len(finished) + 50
                cluster.restart(number)
                wait_until(lambda enough=enough: len(finished) >= enough)  # type: ignore[misc]
        check(cluster, finished)
        stop_all(cluster)
        away = asked(cluster, tmp_path).ask("GET", "experiments/")
    assert (away.status, away.headers["Retry-After"]) == (503, "5")


def test_weakened_tags_are_understood(cluster: Cluster, tmp_path: Path) -> None:
    squeezed = "gzip on; gzip_min_length 1; gzip_types application/json;"
    with nginx(cluster, tmp_path, gzip_off=squeezed):
        experiment = ManualSearch("search")
        cluster.connect().add_experiment(experiment)
        job = experiment.add_job({"x": "x" * 100})
        way, token = asked(cluster, tmp_path), cluster.client["token"]
        path = f"experiments/search/jobs/{job.job_id}/"
        seen = way.ask("GET", path, None, token, Accept_Encoding="gzip")
        tag = seen.headers["ETag"]
        assert (seen.headers["Content-Encoding"], tag[:2]) == ("gzip", "W/")
        started = way.ask("PUT", path, {"status": "RUNNING"}, token, If_Match=tag)
    assert started.status == 200


def asked(cluster: Cluster, folder: Path) -> Asked:
    return Asked(cluster.client["root"], folder)


def stop_all(cluster: Cluster) -> None:
    for server in cluster._servers:
        server.stop()
