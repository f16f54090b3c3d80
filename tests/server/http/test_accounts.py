"""Signing in and looking after tokens, as clients see it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.doorkeeping import ANA, NOON, PHRASE
from tests.server.http.asking import Server, server


@pytest.fixture
async def schedy(tmp_path: Path) -> AsyncIterator[Server]:
    with server(tmp_path) as running:
        yield running


async def session(schedy: Server) -> str:
    answer = await schedy.ask("POST", "/passauth/", {"email": ANA, "token": PHRASE})
    assert answer.status == 200
    text: str = answer.json["token"]
    return text


async def test_a_password_gets_a_session_and_its_end_as_unix_time(schedy: Server) -> None:
    answer = await schedy.ask("POST", "/passauth/", {"email": ANA, "token": PHRASE})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json.keys() == {"token", "expiresAt"}
    assert answer.json["expiresAt"] == NOON.timestamp() + 3600


async def test_an_api_token_gets_a_session(schedy: Server) -> None:
    credentials = {"email": ANA, "token": schedy.door.new_token().text}
    answer = await schedy.ask("POST", "/token/", credentials)
    assert answer.status == 200
    me = await schedy.ask("GET", "/me/", token=answer.json["token"])
    assert me.json == {"email": ANA, "scope": "worker"}


@pytest.mark.parametrize("path", ["/token/", "/passauth/"])
async def test_wrong_credentials_get_403_and_one_sentence(schedy: Server, path: str) -> None:
    answers = [
        await schedy.ask("POST", path, {"email": email, "token": "wrong"})
        for email in (ANA, "nobody@lab.org")
    ]
    assert [answer.status for answer in answers] == [403, 403]
    assert answers[0].body == answers[1].body
    assert answers[0].headers["content-type"] == "text/plain; charset=utf-8"
    assert len(answers[0].text) < 100


@pytest.mark.parametrize("path", ["/token/", "/passauth/"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", {"email": ANA}, {"email": 1, "token": "x"}, {"token": PHRASE}],
)
async def test_garbage_gets_400(schedy: Server, path: str, body: object) -> None:
    assert (await schedy.ask("POST", path, body)).status == 400


async def test_too_many_failures_get_429_and_how_long_to_wait(schedy: Server) -> None:
    for _ in range(5):
        await schedy.ask("POST", "/passauth/", {"email": ANA, "token": "wrong"})
    answer = await schedy.ask("POST", "/passauth/", {"email": ANA, "token": PHRASE})
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer sdy_w_x", "x"]
)
async def test_without_a_good_token_there_is_401(schedy: Server, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = await schedy.ask("GET", "/me/", headers=headers)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
async def test_the_name_of_the_scheme_may_be_written_anyhow(schedy: Server, scheme: str) -> None:
    header = f"{scheme} {schedy.door.new_token().text}"
    answer = await schedy.ask("GET", "/me/", headers={"authorization": header})
    assert answer.status == 200


async def test_an_expired_session_gets_401(schedy: Server) -> None:
    token = await session(schedy)
    schedy.clock.advance(hours=26)
    assert (await schedy.ask("GET", "/me/", token=token)).status == 401


async def test_a_reset_token_comes_as_a_configuration_file(schedy: Server) -> None:
    answer = await schedy.ask("POST", "/resettoken/", token=await session(schedy))
    assert answer.status == 200
    token = answer.json["token"]
    expected = {"root": "http://schedy.test/", "email": ANA, "token_type": "api_token"}
    assert answer.json == {**expected, "token": token}
    signed_in = await schedy.ask("POST", "/token/", {"email": ANA, "token": token})
    assert signed_in.status == 200


@pytest.mark.parametrize(
    ("settings", "root"),
    [
        ({"public_url": "https://schedy.lab.org/api/"}, "https://schedy.lab.org/api/"),
        ({"root_path": "/api"}, "http://schedy.test/api/"),
    ],
)
async def test_the_configuration_names_where_clients_reach_the_server(
    tmp_path: Path, settings: dict[str, Any], root: str
) -> None:
    with server(tmp_path, **settings) as schedy:
        answer = await schedy.ask("POST", "/resettoken/", token=await session(schedy))
        assert answer.json["root"] == root


async def test_a_replaced_token_is_of_little_use_and_its_session_goes_on(schedy: Server) -> None:
    owner = await session(schedy)
    old = {"email": ANA, "token": (await reset(schedy, owner))}
    running = (await schedy.ask("POST", "/token/", old)).json["token"]
    await reset(schedy, owner)
    assert (await schedy.ask("GET", "/me/", token=old["token"])).status == 403
    assert (await schedy.ask("GET", "/me/", token=running)).status == 200


async def reset(schedy: Server, token: str) -> str:
    answer = await schedy.ask("POST", "/resettoken/", token=token)
    text: str = answer.json["token"]
    return text


async def test_a_new_token_is_shown_once(schedy: Server) -> None:
    owner = await session(schedy)
    wish = {"name": "cluster", "scope": "read", "expires_in": 60}
    made = await schedy.ask("POST", "/tokens/", wish, token=owner)
    text = made.json["token"]
    assert made.status == 201
    listed = await schedy.ask("GET", "/tokens/", token=owner)
    assert listed.json == {
        "items": [
            {
                "id": made.json["id"],
                "name": "cluster",
                "scope": "read",
                "hint": f"sdy_r_…{text[-4:]}",
                "created": "2026-03-01T12:00:00Z",
                "expires": "2026-03-01T12:01:00Z",
                "last_used": None,
                "retired": None,
            }
        ]
    }


@pytest.mark.parametrize("body", [None, {}])
async def test_a_token_needs_no_wishes(schedy: Server, body: object) -> None:
    made = await schedy.ask("POST", "/tokens/", body, token=await session(schedy))
    assert (made.status, made.json["scope"], made.json["expires"]) == (201, "worker", None)


@pytest.mark.parametrize(
    "body",
    [{"scope": "root"}, {"name": ""}, {"name": "default"}, {"expires_in": -1}, {"name": 1}, []],
)
async def test_an_impossible_token_gets_400(schedy: Server, body: object) -> None:
    made = await schedy.ask("POST", "/tokens/", body, token=await session(schedy))
    assert made.status == 400


async def test_a_revoked_token_is_gone(schedy: Server) -> None:
    owner, token = await session(schedy), schedy.door.new_token()
    url = f"/tokens/{token.credential.id}/"
    assert (await schedy.ask("DELETE", url, token=owner)).status == 204
    assert (await schedy.ask("GET", "/me/", token=token.text)).status == 401
    assert (await schedy.ask("GET", "/tokens/", token=owner)).json == {"items": []}


async def test_an_unknown_token_gets_404(schedy: Server) -> None:
    answer = await schedy.ask("DELETE", "/tokens/nope/", token=await session(schedy))
    assert answer.status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/tokens/"), ("POST", "/tokens/"), ("DELETE", "/tokens/x/"), ("POST", "/resettoken/")],
)
async def test_a_workers_token_manages_no_tokens(schedy: Server, method: str, path: str) -> None:
    answer = await schedy.ask(method, path, token=schedy.door.new_token().text)
    assert answer.status == 403


async def test_answers_with_secrets_are_kept_by_nobody(schedy: Server) -> None:
    answer = await schedy.ask("POST", "/resettoken/", token=await session(schedy))
    assert "no-store" in answer.headers["cache-control"]
