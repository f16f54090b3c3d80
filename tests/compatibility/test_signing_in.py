"""Signing in as the old client does, and what it makes of being refused."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schedy_server.service import accounts, credentials
from schedy_server.service.tokens import SigningKeys
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import open_storage
from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import Interpreter, OldClient
from tests.compatibility.wire import Wire
from tests.running import EMAIL, RunningServer, running_server

pytestmark = pytest.mark.compat

WHO = """
db.add_experiment(schedy.ManualSearch(name))
return db.get_experiment(name).name
"""


@on_both_databases
def test_with_an_api_token(old: OldClient) -> None:
    assert old.run(WHO) == old.name


@on_both_databases
def test_with_a_password(old: OldClient, server: RunningServer) -> None:
    config = {**server.client, "token": server.password, "token_type": "password"}
    assert OldClient(old.interpreter, config, old.name).run(WHO) == old.name


def test_without_saying_which_kind_of_token_it_is(old: OldClient, server: RunningServer) -> None:
    config = {"root": server.root, "email": server.email, "token": server.token, "other": "key"}
    assert OldClient(old.interpreter, config, old.name).run(WHO) == old.name


def test_with_an_address_in_another_case(old: OldClient, server: RunningServer) -> None:
    config = {**server.client, "email": server.email.upper()}
    assert OldClient(old.interpreter, config, old.name).run(WHO) == old.name


def test_with_a_root_without_its_final_slash(old: OldClient, server: RunningServer) -> None:
    config = {**server.client, "root": server.root.rstrip("/")}
    assert OldClient(old.interpreter, config, old.name).run(WHO) == old.name


def test_at_a_root_with_a_path(interpreter: Interpreter, tmp_path: Path) -> None:
    with running_server(data=tmp_path, root_path="/api/v1") as server:
        config = {**server.client, "root": f"{server.root}api/v1"}
        client = OldClient(interpreter, config, "units/kg")
        assert client.run(WHO) == "units/kg"


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "sdy_a_wrong"},
        {"token": ""},
        {"token": "\N{ROCKET}"},
        {"email": "nobody@example.org"},
        {"token": "not this one", "token_type": "password"},
        {"email": "nobody2@example.org", "token": "not this one", "token_type": "password"},
    ],
    ids=json.dumps,
)
def test_wrong_credentials_are_told_to_be_wrong(old: OldClient, wrong: dict[str, str]) -> None:
    client = OldClient(old.interpreter, {**old.config, **wrong}, old.name)
    code, body = client.run("""
        try:
            db.get_experiments()
        except schedy.errors.AuthenticationError as error:
            return [error.code, error.body]
    """)
    assert code == 403
    assert "<" not in body
    assert len(body) < 150


@pytest.mark.parametrize("email", ["", "no address", "a\0b@c.d", "\ud800@example.org", "x" * 9000])
def test_what_is_no_address_is_a_clients_error(old: OldClient, email: str) -> None:
    client = OldClient(old.interpreter, {**old.config, "email": email}, old.name)
    script = """
        try:
            db.get_experiments()
        except schedy.errors.ClientRequestError as error:
            return error.code
    """
    assert client.run(script) in {400, 403}


def unsigned(token: str) -> str:
    """Return the token with a header that says it needs no signature."""
    _, claims, _ = token.split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"sdy-at+jwt"}').decode().rstrip("=")
    return f"{header}.{claims}."


def garbled(token: str) -> str:
    """Return the token with another signature."""
    head, signature = token.rsplit(".", 1)
    return f"{head}.{signature[::-1]}"


@pytest.mark.parametrize("forge", [unsigned, garbled, lambda token: "", lambda token: "x" * 5000])
def test_a_forged_session_is_none(old: OldClient, wire: Wire, forge: object) -> None:
    assert callable(forge)
    script = """
        list(db.get_experiments())
        db._jwt_token.token_string = forged
        return [outcome(db.get_experiments), outcome(db.get_experiment, name)]
    """
    forged = forge(wire.bearer.removeprefix("Bearer "))
    assert old.run(script, forged=forged) == ["ReauthenticateError"] * 2


def sessions(database: str) -> tuple[str, str]:
    """Return an expired session of a new account, and one that is still good."""
    now = datetime.now(UTC)
    ages_ago = now - timedelta(days=3)

    def sign(ledger: Ledger) -> tuple[str, str]:
        account = accounts.add_account(ledger, email=EMAIL, password_hash="", now=now, actor="")
        wish = credentials.Wish("test")
        token = credentials.create_token(ledger, account, wish, now=now, actor="").credential
        keys = SigningKeys.load(ledger, now=now)
        return keys.sign(token, ages_ago).text, keys.sign(token, now).text

    with open_storage(database) as storage:
        return storage.write_now(sign)


def test_an_expired_session_is_over(interpreter: Interpreter, tmp_path: Path) -> None:
    script = """
        list(db.get_experiments())
        outcomes = []
        for db._jwt_token.token_string in sessions:
            outcomes.append(outcome(db.get_experiments))
        return outcomes
    """
    signed = sessions(f"sqlite:///{tmp_path}/schedy.db")
    with running_server(data=tmp_path) as server:
        client = OldClient(interpreter, server.client, "")
        assert client.run(script, sessions=signed) == ["ReauthenticateError", None]


def test_a_session_ends_when_the_server_said_so_in_seconds(old: OldClient) -> None:
    minutes = old.run("""
        import datetime
        db._authenticate()
        return (db._jwt_token.expires_at - datetime.datetime.now()).total_seconds() / 60
    """)
    assert 58 < minutes <= 60


def test_a_session_that_ends_soon_is_renewed(old: OldClient) -> None:
    assert old.run("""
        import datetime
        list(db.get_experiments())
        first = db._jwt_token
        first._pre_expiration = datetime.datetime.now()
        list(db.get_experiments())
        return [db._jwt_token is first, db._jwt_token.expires_soon()]
    """) == [False, False]


def test_a_session_and_its_job_outlive_a_restart(interpreter: Interpreter, tmp_path: Path) -> None:
    with running_server(data=tmp_path) as server:
        client = OldClient(interpreter, server.client, "a long training")
        client.run("""
            exp = schedy.ManualSearch(name)
            db.add_experiment(exp)
            exp.add_job(hyperparameters={})
            schedy.kept = exp.next_job().__enter__()
        """)
        port = urlsplit(server.root).port
        assert server.stop() == 0
        with running_server(data=tmp_path, port=port):
            assert client.run("""
                job = schedy.kept
                session = job.experiment._db._jwt_token
                job.results['loss'] = 1
                job.__exit__(None, None, None)
                again = job.experiment.get_job(job.job_id)
                return [again.status, again.results, job.experiment._db._jwt_token is session]
            """) == ["DONE", {"loss": 1}, True]


def test_another_sign_in_does_not_end_a_session(old: OldClient) -> None:
    assert (
        old.run("""
        other = schedy.SchedyDB(config_override=config)
        list(db.get_experiments())
        for _ in range(30):
            other._authenticate()
        return outcome(db.get_experiments)
    """)
        is None
    )


@pytest.mark.parametrize("path", ["/token/", "/passauth/"])
@pytest.mark.parametrize("scheme", ["Basic bmV0OnJj", "Bearer nonsense", ""])
def test_credentials_from_netrc_do_not_disturb_signing_in(
    wire: Wire, server: RunningServer, path: str, scheme: str
) -> None:
    secret = server.token if path == "/token/" else server.password
    login = {"email": server.email, "token": secret}
    answer = wire.ask("POST", path, login, authorization=scheme, content_type="application/json")
    assert answer.status == 200
    assert answer.json.keys() == {"token", "expiresAt"}


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic YTpi", "Bearer \xff", "bearer a b"])
def test_whoever_proves_nothing_is_refused_with_401(wire: Wire, authorization: str) -> None:
    answer = wire.ask("GET", "/experiments/", authorization=authorization)
    assert answer.status == 401
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_token_that_was_replaced_ends_the_job_that_it_began(
    old: OldClient, server: RunningServer, wire: Wire
) -> None:
    config = {**server.client, "token": wire.ask("POST", "/resettoken/").json["token"]}
    worker = OldClient(old.interpreter, config, old.name)
    start = """
        exp = schedy.ManualSearch(name)
        db.add_experiment(exp)
        exp.add_job(hyperparameters={})
        exp.add_job(hyperparameters={})
        job = exp.next_job()
        job.__enter__()
        return job.job_id
    """
    job_id = worker.run(start)
    wire.ask("POST", "/resettoken/")
    end = """
        exp = db.get_experiment(name)
        with exp.get_job(job_id) as job:
            job.results['loss'] = 0.5
        return [exp.get_job(job_id).status, outcome(exp.next_job)]
    """
    assert worker.run(end, job_id=job_id) == ["DONE", "AuthenticationError"]
