"""The server as a process: how it starts, refuses to, and stops."""

import json
import os
import pty
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from tests.server.doorkeeping import ANA, PHRASE
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

COMMAND = (
    *(sys.executable, "-W", "error", "-c"),
    "import sys; from schedy_server.cli import main; sys.exit(main())",
)


class Process:
    """`schedy-server` with a data folder, and what it says."""

    def __init__(self, folder: Path, said: Path, *arguments: str) -> None:
        self.out, self.err = said.with_suffix(".out"), said.with_suffix(".err")
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, "SCHEDY_SERVER_DATA": str(folder), "SCHEDY_SERVER_PORT": "0"},
            )

    @property
    def url(self) -> str:
        wait_until(lambda: "\n" in self.out.read_text() or self.process.poll() is not None)
        match = re.fullmatch(r"Schedy listens on (https?://\S+:\d+/)\n", self.out.read_text())
        assert match, self.err.read_text()
        return match[1]

    def ended(self) -> tuple[int, str]:
        """Return the exit code and the errors of a process that ends."""
        return self.process.wait(20), self.err.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator["Launch"]:
    with ExitStack() as stack:
        yield Launch(tmp_path, stack)


class Launch:
    """Starts processes that do not outlive the test."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder / "data"
        self._stack = stack
        self._files = (folder / str(number) for number in count())

    def __call__(self, *arguments: str) -> Process:
        process = Process(self.folder, next(self._files), *(arguments or ("serve",)))
        self._stack.callback(process.process.wait)
        self._stack.callback(process.process.kill)
        return process

    def run(self, *arguments: str, typed: str = "") -> str:
        """Run another command on the same folder and return what it prints."""
        environ = {**os.environ, "SCHEDY_SERVER_DATA": str(self.folder)}
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=typed,
            capture_output=True,
            check=True,
            text=True,
            env=environ,
        )
        return done.stdout

    def add_ana(self) -> None:
        self.run("user", "add", ANA, "--password-stdin", typed=PHRASE)


def get(url: str, body: object = None, **headers: str) -> str:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        text: str = answer.read().decode()
        return text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to_and_has_done_nothing_wrong(launch: Launch, number: int) -> None:
    server = launch()
    assert get(server.url + "readyz") == "ready"
    assert server.stop(number) == 0


def test_workers_that_wait_for_a_job_are_answered_before_it_stops(launch: Launch) -> None:
    launch.add_ana()
    server = launch()
    bearer = f"Bearer {launch.run('token', 'create', ANA, '--scope', 'admin').strip()}"
    body = b'{"status": "RUNNING", "scheduler": {"Manual": null}}'
    assert exchange(server.url, "PUT", "/experiments/e/", bearer, body).startswith(b"HTTP/1.1 20")
    waiting = send(
        server.url, "POST", "/experiments/e/claims/", bearer, b'{"claim_id":"c","wait":60}'
    )
    get(server.url + "readyz")  # and so the request before is under way
    assert server.stop() == 0
    with waiting:
        assert waiting.recv(1000).startswith(b"HTTP/1.1 204")


def test_a_second_signal_ends_it_at_once(launch: Launch) -> None:
    server = launch()
    with send(server.url, "POST", "/token/", "", b"", declared=10):  # a body that never comes
        get(server.url + "readyz")
        server.process.terminate()
        wait_until(lambda: "stopping" in server.err.read_text())
        assert server.stop() == -signal.SIGTERM


def send(
    url: str, method: str, path: str, bearer: str, body: bytes, *, declared: int | None = None
) -> socket.socket:
    """Send a request and return the connection on which the answer will come."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {bearer}",
        f"Content-Length: {len(body) if declared is None else declared}",
    ]
    connection = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=20)
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    return connection


def exchange(url: str, method: str, path: str, bearer: str, body: bytes) -> bytes:
    with send(url, method, path, bearer, body) as connection:
        return connection.recv(10_000)


def test_it_says_where_it_listens_and_nothing_else(launch: Launch) -> None:
    server = launch()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server.url)
    server.stop()
    assert len(server.out.read_text().splitlines()) == 1


def test_an_empty_server_prints_a_link_that_makes_the_first_account(launch: Launch) -> None:
    server = launch()
    link = re.escape(server.url) + r"setup/\?code=(\S+)\s"
    wait_until(lambda: re.search(link, server.err.read_text()) is not None)
    match = re.search(link, server.err.read_text())
    assert match
    get(server.url + "setup/", {"code": match[1], "email": ANA, "password": PHRASE})
    signed_in = json.loads(get(server.url + "passauth/", {"email": ANA, "token": PHRASE}))
    me = get(server.url + "me/", Authorization=f"Bearer {signed_in['token']}")
    assert json.loads(me) == {"email": ANA, "scope": "admin"}


def test_a_server_with_an_account_prints_no_link(launch: Launch) -> None:
    launch.add_ana()
    server = launch()
    server.stop()
    assert "setup" not in server.err.read_text()


def test_a_second_server_on_the_same_folder_is_refused(launch: Launch) -> None:
    first = launch()
    assert first.url
    code, said = launch().ended()
    assert code == 73
    assert said.startswith("schedy-server: another server runs on ")
    assert get(first.url + "readyz") == "ready"


def test_commands_work_while_the_server_runs(launch: Launch) -> None:
    server = launch()
    url = server.url
    launch.add_ana()
    configuration = json.loads(launch.run("token", "create", ANA, "--client-config", "-"))
    assert configuration["root"] == url
    body = {"email": configuration["email"], "token": configuration["token"]}
    assert "expiresAt" in get(url + "token/", body)


def test_a_revoked_token_is_refused_while_the_server_runs(launch: Launch) -> None:
    launch.add_ana()
    token = launch.run("token", "create", ANA).strip()
    server = launch()
    get(server.url + "me/", Authorization=f"Bearer {token}")
    (listed,) = json.loads(launch.run("token", "list", ANA, "--json"))
    launch.run("token", "revoke", listed["id"])
    with pytest.raises(HTTPError, match="401"):
        get(server.url + "me/", Authorization=f"Bearer {token}")


def test_sessions_survive_a_restart(launch: Launch) -> None:
    launch.add_ana()
    first = launch()
    session = json.loads(get(first.url + "passauth/", {"email": ANA, "token": PHRASE}))
    first.stop()
    get(launch().url + "me/", Authorization=f"Bearer {session['token']}")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - it refuses
def test_without_an_account_it_lets_no_other_machine_in(launch: Launch, host: str) -> None:
    code, said = launch("serve", "--host", host).ended()
    assert code == 1
    assert "schedy-server user add EMAIL" in said.splitlines()[-1]


def test_without_encryption_it_lets_no_other_machine_in(launch: Launch) -> None:
    launch.add_ana()
    code, said = launch("serve", "--host", "0.0.0.0").ended()  # noqa: S104 - it refuses
    assert code == 1
    assert "--insecure-http" in said.splitlines()[-1]


def test_without_encryption_it_warns_when_it_was_told_to_let_them_in(launch: Launch) -> None:
    launch.add_ana()
    server = launch("serve", "--host", "0.0.0.0", "--insecure-http")  # noqa: S104 - of a sandbox
    assert server.url.startswith("http://0.0.0.0:")
    assert "WITHOUT ENCRYPTION" in server.err.read_text()


def test_a_taken_port_is_one_line(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = launch("serve", "--port", str(port)).ended()
    assert code == 1
    assert said == (
        f"schedy-server: can't listen on 127.0.0.1, port {port}: Address already in use\n"
    )


def test_an_unknown_address_is_one_line(launch: Launch) -> None:
    code, said = launch("serve", "--host", "no.such.host.invalid").ended()
    assert (code, len(said.splitlines())) == (1, 1)


def test_a_missing_certificate_is_one_line(launch: Launch) -> None:
    code, said = launch("serve", "--tls-cert", "/none", "--tls-key", "/none").ended()
    assert (code, len(said.splitlines())) == (1, 1)
    assert "/none" in said


def test_it_serves_https(launch: Launch, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    server = launch("serve", "--tls-cert", str(cert), "--tls-key", str(key))
    assert server.url.startswith("https://")
    trusted = ssl.create_default_context(cafile=str(cert))
    with urllib.request.urlopen(server.url + "readyz", context=trusted) as answer:  # noqa: S310
        assert answer.read() == b"ready"


def test_proxies_are_believed_only_where_told(launch: Launch) -> None:
    launch.add_ana()
    roots = []
    for options in ((), ("--trusted-proxies", "127.0.0.1")):
        server = launch("serve", "--allowed-hosts", "schedy.lab", *options)
        session = json.loads(get(server.url + "passauth/", {"email": ANA, "token": PHRASE}))
        bearer = f"Bearer {session['token']}"
        headers = {"Authorization": bearer, "X-Forwarded-Proto": "https", "Host": "schedy.lab"}
        roots.append(json.loads(get(server.url + "resettoken/", {}, **headers))["root"])
        server.stop()
    assert roots == ["http://schedy.lab/", "https://schedy.lab/"]


def test_a_socket_from_systemd_is_listened_on(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        script = f'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3<&{listener.fileno()}'
        server = subprocess.Popen(
            ["bash", "-c", script, "bash", *COMMAND, "serve", "--data", launch.folder],
            pass_fds=[listener.fileno()],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout is not None
        with server, server.stdout:
            assert server.stdout.readline() == f"Schedy listens on http://127.0.0.1:{port}/\n"
            assert get(f"http://127.0.0.1:{port}/readyz") == "ready"
            server.terminate()
            assert server.wait(20) == 0


def test_a_password_is_asked_for_twice_on_a_terminal(launch: Launch) -> None:
    said = at_terminal(launch.folder, PHRASE, PHRASE)
    assert f"{ANA} has an account now" in said
    assert PHRASE not in said


def test_two_different_passwords_make_no_account(launch: Launch) -> None:
    assert "the two passwords differ" in at_terminal(launch.folder, PHRASE, PHRASE[::-1])


def at_terminal(folder: Path, *lines: str) -> str:
    """Add Ana at a terminal, typing these lines when asked, and return what is on the screen."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "user", "add", ANA, "--data", folder],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    screen = b""
    for line in lines:
        while not screen.endswith(b": "):
            screen += os.read(controller, 1024)
        os.write(controller, line.encode() + b"\n")
        screen += os.read(controller, 1)
    process.wait(20)
    screen += os.read(controller, 10_000)
    os.close(controller)
    return screen.decode()
