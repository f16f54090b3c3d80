"""The page on which the first account is made."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from schedy_server.service import accounts, setup
from tests.server.doorkeeping import ANA, PHRASE
from tests.server.http.asking import Answer, Server, server

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def schedy(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as running:
        running.door.storage.write_now(
            lambda ledger: accounts.remove_account(
                ledger, running.door.ana, now=running.clock(), actor="test"
            )
        )
        yield running


def new_code(schedy: Server) -> str:
    code = schedy.door.storage.write_now(
        lambda ledger: setup.new_setup_code(ledger, schedy.clock())
    )
    assert code is not None
    return code


async def send_form(schedy: Server, **fields: str) -> Answer:
    return await schedy.ask("POST", "/setup/", urlencode(fields).encode(), headers=FORM)


async def test_a_person_makes_the_first_account_on_the_page(schedy: Server) -> None:
    code = new_code(schedy)
    page = await schedy.ask("GET", f"/setup/?code={code}")
    assert (page.status, f'value="{code}"' in page.text) == (200, True)
    done = await send_form(schedy, code=code, email=ANA, password=PHRASE)
    assert done.status == 201
    assert f"schedy login --root http://schedy.test/ {ANA}" in done.text
    signed_in = await schedy.ask("POST", "/passauth/", {"email": ANA, "token": PHRASE})
    assert signed_in.status == 200


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}, FORM])
async def test_a_program_makes_the_first_account_with_json(
    schedy: Server, headers: dict[str, str]
) -> None:
    body = {"code": new_code(schedy), "email": "Ana@lab.org", "password": PHRASE}
    answer = await schedy.ask("POST", "/setup/", body, headers=headers)
    assert (answer.status, answer.json) == (201, {"email": ANA})
    assert (await schedy.ask("POST", "/setup/", body)).status == 403


async def test_a_bad_password_brings_the_form_back_with_the_reason(schedy: Server) -> None:
    code = new_code(schedy)
    page = await send_form(schedy, code=code, email='"><b>@x', password=PHRASE[:5])
    assert page.status == 400
    assert "too short" in page.text
    assert "<b>" not in page.text
    assert PHRASE[:5] not in re.findall(r'value="([^"]*)"', page.text)


@pytest.mark.parametrize("code", ["", "guess", "😀"])
async def test_without_a_good_code_there_is_no_form(schedy: Server, code: str) -> None:
    page = await schedy.ask("GET", "/setup/?" + urlencode({"code": code}))
    assert page.status == 403
    assert "<form" not in page.text
    assert "schedy-server user add" in page.text


async def test_a_used_link_says_so(schedy: Server) -> None:
    code = new_code(schedy)
    await send_form(schedy, code=code, email=ANA, password=PHRASE)
    for page in (
        await schedy.ask("GET", f"/setup/?code={code}"),
        await send_form(schedy, code=code, email="bob@lab.org", password=PHRASE),
    ):
        assert page.status == 403
        assert "used already or has expired" in page.text


async def test_an_old_link_says_so(schedy: Server) -> None:
    code = new_code(schedy)
    schedy.clock.advance(minutes=31)
    assert (await schedy.ask("GET", f"/setup/?code={code}")).status == 403


async def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(schedy: Server) -> None:
    page = await schedy.ask("GET", f"/setup/?code={new_code(schedy)}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script|https?://|\son\w+=", page.text)
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_a_garbled_form_gets_400(schedy: Server) -> None:
    assert (await schedy.ask("POST", "/setup/", b"\xff" * 9, headers=FORM)).status == 400
    many = b"&".join(b"%d=x" % number for number in range(100))
    assert (await schedy.ask("POST", "/setup/", many, headers=FORM)).status == 400
