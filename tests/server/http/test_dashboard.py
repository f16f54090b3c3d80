"""What the dashboard asks for: its files, sessions in cookies, tables, columns, news."""

import array
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.server.doorkeeping import ANA as EMAIL
from tests.server.doorkeeping import PHRASE as PASSWORD
from tests.server.http.asking import Answer, Server, server

SEARCH = "/experiments/x/"
CSRF = {"x-schedy-csrf": "1"}


class Browser:
    """Ana's browser, which keeps a cookie."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookie = ""

    async def sign_in(self, password: str = PASSWORD) -> Answer:
        body = {"email": EMAIL, "password": password}
        answer = await self.server.ask("POST", "/session/", body)
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer

    async def ask(
        self, method: str, url: str, body: object = None, headers: Mapping[str, str] = CSRF
    ) -> Answer:
        return await self.server.ask(method, url, body, headers={"cookie": self.cookie, **headers})


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    with server(tmp_path) as found:
        it = Browser(found)
        assert (await it.sign_in()).status == 201
        yield it


async def filled(browser: Browser, *jobs: Mapping[str, Any]) -> None:
    objective = {"result": "loss", "direction": "min"}
    body = {"scheduler": {"Manual": None}, "objective": objective}
    assert (await browser.ask("PUT", SEARCH, body)).status == 201
    assert (await browser.ask("POST", f"{SEARCH}batches/", {"jobs": jobs})).status == 201


def done(loss: Any, **hyperparameters: Any) -> Mapping[str, Any]:
    return {"status": "DONE", "hyperparameters": hyperparameters, "results": {"loss": loss}}


async def test_a_session_is_in_a_cookie_that_no_script_can_read(browser: Browser) -> None:
    answer = await browser.sign_in()
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await browser.ask("GET", "/me/")).json == {"email": EMAIL, "scope": "admin"}
    assert "sdy_" not in answer.text


async def test_a_wrong_password_opens_no_session(browser: Browser) -> None:
    answer = await browser.sign_in("not the password at all")
    assert (answer.status, "set-cookie" in answer.headers) == (403, False)


async def test_a_cookie_alone_changes_nothing(browser: Browser) -> None:
    body = {"scheduler": {"Manual": None}}
    assert (await browser.ask("PUT", SEARCH, body, headers={})).status == 403
    cross = {**CSRF, "sec-fetch-site": "cross-site"}
    assert (await browser.ask("PUT", SEARCH, body, headers=cross)).status == 403
    own = {**CSRF, "sec-fetch-site": "same-origin"}
    assert (await browser.ask("PUT", SEARCH, body, headers=own)).status == 201


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", "nextjob/"), ("POST", "claims/"), ("POST", "jobs/j/finish/")],
)
async def test_workers_endpoints_take_no_cookie(browser: Browser, method: str, url: str) -> None:
    await filled(browser, done(1))
    assert (await browser.ask(method, f"{SEARCH}{url}", {})).status == 401


async def test_who_signs_out_is_out(browser: Browser) -> None:
    assert (await browser.ask("DELETE", "/session/")).status == 204
    assert (await browser.ask("GET", "/me/")).status == 401


async def test_sessions_are_listed_and_ended(browser: Browser) -> None:
    other = Browser(browser.server)
    await other.sign_in()
    items = (await browser.ask("GET", "/sessions/")).json["items"]
    assert sorted(each["is_this"] for each in items) == [False, True]
    (strange,) = (each["id"] for each in items if not each["is_this"])
    assert (await browser.ask("DELETE", f"/sessions/{strange}/")).status == 204
    assert (await other.ask("GET", "/me/")).status == 401
    assert (await browser.ask("DELETE", "/sessions/nonsense/")).status == 404


async def test_another_password_ends_what_the_old_one_opened(browser: Browser) -> None:
    other = Browser(browser.server)
    await other.sign_in()
    token = (await browser.ask("POST", "/tokens/", {"name": "cluster"})).json["token"]
    body = {"current": PASSWORD, "new": "five purple otters juggle"}
    answer = await browser.ask("PUT", "/password/", body)
    assert (answer.status, answer.text) == (204, "")
    assert (await browser.ask("GET", "/me/")).status == 401
    browser.cookie = answer.headers["set-cookie"].partition(";")[0]
    assert (await browser.ask("GET", "/me/")).status == 200
    assert (await other.ask("GET", "/me/")).status == 401
    assert (await browser.server.ask("GET", "/me/", token=token)).status == 200
    assert (await other.sign_in()).status == 403
    assert (await other.sign_in("five purple otters juggle")).status == 201


async def test_who_shows_a_token_gets_no_cookie_with_another_password(browser: Browser) -> None:
    asked = {"name": "cluster", "scope": "admin"}
    token = (await browser.ask("POST", "/tokens/", asked)).json["token"]
    body = {"current": PASSWORD, "new": "five purple otters juggle"}
    answer = await browser.server.ask("PUT", "/password/", body, token=token)
    assert (answer.status, "set-cookie" in answer.headers) == (204, False)
    assert (await browser.ask("GET", "/me/")).status == 401


@pytest.mark.parametrize(
    ("current", "new", "status", "says"),
    [
        ("not the password", "five purple otters juggle", 403, "The current password is wrong."),
        (PASSWORD, "short", 400, "too short"),
        (PASSWORD, "password1234", 400, "easily guessed"),
        (PASSWORD, f"{EMAIL}!", 400, "easily guessed"),
    ],
)
async def test_a_password_is_changed_by_whoever_knows_it_and_to_a_good_one(
    browser: Browser, current: str, new: str, status: int, says: str
) -> None:
    answer = await browser.ask("PUT", "/password/", {"current": current, "new": new})
    assert answer.status == status
    assert says in answer.text
    assert (await browser.ask("GET", "/me/")).status == 200
    assert (await browser.sign_in()).status == 201


async def test_whoever_guesses_the_current_password_has_to_wait(browser: Browser) -> None:
    body = {"current": "not the password", "new": "five purple otters juggle"}
    statuses = [(await browser.ask("PUT", "/password/", body)).status for _ in range(12)]
    assert (statuses[0], statuses[-1]) == (403, 429)


async def test_sessions_end_by_themselves(browser: Browser) -> None:
    browser.server.clock.advance(days=31)
    assert (await browser.ask("GET", "/me/")).status == 401


async def test_a_page_of_the_table(browser: Browser) -> None:
    await filled(browser, *(done(each, lr=each) for each in range(10)))
    page = (await browser.ask("GET", f"{SEARCH}table/?f=lr>=3&sort=-loss&size=2&page=2")).json
    assert (page["total"], page["of"]) == (7, 10)
    assert [job["results"]["loss"] for job in page["items"]] == [7, 6]


@pytest.mark.parametrize("query", ["f=lr<x", "page=0", "size=501", "sort=a,b,c,d,e,f"])
async def test_a_table_that_makes_no_sense_is_refused(browser: Browser, query: str) -> None:
    await filled(browser, done(1))
    answer = await browser.ask("GET", f"{SEARCH}table/?{query}")
    assert answer.status == 400
    assert answer.text.endswith(".")


async def test_the_fields_of_the_jobs(browser: Browser) -> None:
    await filled(browser, done(1.5, lr=2, kind="b"), done(None, kind="a", deep={"x": 1}))
    schema = (await browser.ask("GET", f"{SEARCH}schema/")).json
    fields = {each["name"]: each for each in schema["fields"]}
    assert fields["results.loss"]["low"] == fields["results.loss"]["high"] == 1.5
    assert fields["results.loss"]["missing"] == 1
    assert fields["hyperparameters.kind"]["categories"] == ["a", "b"]
    assert fields["hyperparameters.deep"]["kind"] == "other"


async def test_columns_hold_what_charts_draw(browser: Browser) -> None:
    await filled(browser, done(1.5, kind="b"), done(10**400, kind="a"), done(None))
    url = f"{SEARCH}columns/?fields=quality,hyperparameters.kind,nothing"
    header, *columns = decoded((await browser.ask("GET", url)).body)
    assert header["n"] == 3
    assert columns[0][:2] == [1.5, float("inf")]
    assert columns[1][:2] == [0, 1]
    assert header["columns"][1]["categories"] == ["b", "a"]
    assert all(each != each for each in columns[2])  # noqa: PLR0124 - NaN


async def test_numbers_beyond_every_bound_have_no_place_on_an_axis(browser: Browser) -> None:
    await filled(browser, done(1), done(10**400), done(float("nan")), done(-(10**400)), done(3))
    schema = (await browser.ask("GET", f"{SEARCH}schema/")).json
    loss = next(each for each in schema["fields"] if each["name"] == "results.loss")
    assert (loss["kind"], loss["low"], loss["high"]) == ("number", 1, 3)


async def test_a_large_answer_is_packed_for_whoever_can_unpack_it(browser: Browser) -> None:
    await filled(browser, *(done(number, kind="b") for number in range(50)))
    url = f"{SEARCH}table/?size=50"
    plain = await browser.ask("GET", url)
    packed = await browser.ask("GET", url, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 4


async def test_planes_hold_the_same_floats(browser: Browser) -> None:
    await filled(browser, done(1.5), done(-3e-7), done(None))
    url = f"{SEARCH}columns/?fields=quality,number"
    header, *columns = decoded((await browser.ask("GET", url)).body)
    body = (await browser.ask("GET", f"{url}&layout=planes")).body
    start = 4 + int.from_bytes(body[:4], "little")
    planes = [body[at : at + 3] for at in range(start, len(body), 3)]
    woven = b"".join(
        bytes(four) for each in (planes[:4], planes[4:]) for four in zip(*each, strict=True)
    )
    assert str(list(array.array("f", woven))) == str([*columns[0], *columns[1]])
    assert header["n"] == 3
    assert (await browser.ask("GET", f"{url}&layout=rows")).status == 400


def decoded(body: bytes) -> list[Any]:
    length = int.from_bytes(body[:4], "little")
    header = json.loads(body[4 : 4 + length])
    floats = array.array("f", body[4 + length :])
    n = header["n"]
    return [header, *(list(floats[at * n : (at + 1) * n]) for at in range(len(header["columns"])))]


async def test_what_is_someone_elses_is_not_there(browser: Browser) -> None:
    for part in ("table/", "schema/", "columns/"):
        answer = await browser.ask("GET", f"{SEARCH}{part}")
        assert (answer.status, answer.text) == (404, "There is no experiment 'x'.")


@pytest.mark.parametrize("path", ["/", "/login", "/account", "/e/a%2Fb", "/e/x/jobs/j"])
async def test_every_page_is_the_page(browser: Browser, path: str) -> None:
    answer = await browser.server.ask("GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "worker-src 'self';" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "<script>" not in answer.text


async def test_the_page_works_under_a_prefix(tmp_path: Path) -> None:
    with server(tmp_path, root_path="/schedy") as found:
        answer = await found.ask("GET", "/schedy/")
        assert '<base href="/schedy/"' in answer.text


@pytest.mark.parametrize("url", ["/nonsense", "/account/x", "/e/x/jobs/y/z"])
async def test_people_see_a_page_where_nothing_is(browser: Browser, url: str) -> None:
    page = await browser.ask("GET", url, headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for method, accept in [("GET", "*/*"), ("POST", "text/html")]:
        answer = await browser.ask(method, url, headers={**CSRF, "accept": accept})
        assert (answer.status, answer.text) == (404, "There is nothing at this URL.")


@pytest.mark.parametrize("name", ["nothing.js", "..%2Findex.html", ".stamp"])
async def test_there_are_no_other_files(browser: Browser, name: str) -> None:
    assert (await browser.server.ask("GET", f"/assets/{name}")).status == 404
