"""Whatever people call things, and whatever their results say, a page shows it and does not run it.

A hundred ways to have a browser run a text, in every text that Schedy stores.
"""

import base64
import json
from collections.abc import Iterator
from itertools import cycle, islice, product
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from playwright.sync_api import Browser, Page, expect

import schedy
from tests.dashboard.conftest import settled, sign_in, troubles_of
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.browser

CALL = "alert(document.domain)"
ATTRIBUTES = (
    "onerror",
    "onload",
    "onfocus",
    "onmouseover",
    "ontoggle",
    "onbegin",
    "onanimationend",
)
TAGS = (
    "<img src=x {0}={1}>",
    "<svg {0}={1}>",
    "<body {0}={1}>",
    "<details open {0}={1}>",
    '"><input autofocus {0}={1}>',
    "'><video src=x {0}={1}></video>",
    "<iframe src=x {0}={1}></iframe>",
    "<math><mi {0}={1}>x",
    "<svg><animate {0}={1} attributeName=x dur=1s>",
    "--><a href=# {0}={1}>x</a>",
    "</title><marquee {0}={1}>x",
    "]]><object data=x {0}={1}></object>",
)
OTHERS = (
    f"<script>{CALL}</script>",
    f"<ScRiPt>{CALL}</sCrIpT>",
    f"</script><script>{CALL}</script>",
    f"<scr<script>ipt>{CALL}</scr</script>ipt>",
    f"<script\n>{CALL}</script\n>",
    f"<iframe src=javascript:{CALL}>",
    f"<iframe srcdoc='<script>{CALL}</script>'>",
    f"<a href=javascript:{CALL}>x</a>",
    f"<a href=' java\tscript:{CALL}'>x</a>",
    f"<form action=javascript:{CALL}><button>x",
    f"<meta http-equiv=refresh content='0;url=javascript:{CALL}'>",
    "<base href=javascript:/a/+alert(1)//>",
    "<link rel=stylesheet href=data:,*%7bx:expression(alert(1))%7d>",
    f"<object data=javascript:{CALL}>",
    "<style>@import'javascript:alert(1)';</style>",
    f"javascript:{CALL}",
    "data:text/html;base64," + base64.b64encode(f"<script>{CALL}</script>".encode()).decode(),
    f"${{{CALL}}}",
    f"{{{{constructor.constructor('{CALL}')()}}}}",
    f"[x](javascript:{CALL})",
    f"![x](x 'onerror={CALL}')",
    f"<javascript:{CALL}>",
    f"`<img src=x onerror={CALL}>`",
    f"&lt;img src=x onerror={CALL}&gt;",
    f"%3Cscript%3E{CALL}%3C%2Fscript%3E",
    f"\\u003cscript\\u003e{CALL}\\u003c/script\\u003e",
    f"\u2028<img src=x onerror={CALL}>\u202e",
    "__proto__",
)
TEXTS = [
    *OTHERS,
    *islice((tag.format(name, CALL) for tag, name in product(TAGS, ATTRIBUTES)), 100 - len(OTHERS)),
]

NAMES = [text for text in TEXTS[:60] if text.isprintable()]  # more can't be in a name


@pytest.fixture(scope="module")
def hostile() -> Iterator[RunningServer]:
    """A server in which every text is one of those."""
    with running_server() as server:
        db = schedy.SchedyDB(config_override=server.client)
        for text in NAMES:
            db.add_experiment(schedy.ManualSearch(text))
        everywhere = schedy.ManualSearch("everywhere", minimize="loss")
        db.add_experiment(everywhere)
        everywhere.add_jobs(jobs())
        queued = [job.job_id for job in everywhere.jobs(status="QUEUED", limit=40)]
        for id_, text in zip(queued, TEXTS, strict=False):
            everywhere.get_job(id_).cancel(text)
        for worker, text in zip(TEXTS[:8], TEXTS[8:], strict=False):
            everywhere.add_job({"by": worker})
            claim(server, worker, text)
        yield server


def jobs() -> Iterator[dict[str, Any]]:
    numbers = cycle((0.5, float("nan"), float("-inf"), 1e308))
    for number, text in zip(numbers, TEXTS, strict=False):
        yield {
            "status": "DONE",
            "hyperparameters": {text: text, "choice": text, "nested": {text: [text]}},
            "results": {"loss": number, text: text, "curve": [1, 2, 3]},
        }
    yield {
        "status": "DONE",
        "hyperparameters": {text: text for text in TEXTS},
        "results": {"loss": 0.25, **{text: [text] for text in TEXTS}},
    }
    yield from ({"status": "QUEUED", "hyperparameters": {"x": number}} for number in range(40))


def claim(server: RunningServer, worker: str, reason: str) -> None:
    """Work under a hostile name, and crash with a hostile reason."""
    config = server.client
    session = json.loads(
        urllib3.request(
            "POST",
            f"{server.root}token/",
            json={"email": config["email"], "token": config["token"]},
        ).data
    )
    bearer = {"Authorization": f"Bearer {session['token']}"}
    at = f"{server.root}experiments/everywhere/"
    got = urllib3.request(
        "POST",
        f"{at}claims/",
        headers=bearer,
        json={"claim_id": worker_id(worker), "worker": worker},
    )
    job = json.loads(got.data)
    ended = urllib3.request(
        "POST",
        f"{at}jobs/{quote(job['id'], safe='')}/finish/",
        headers={**bearer, "If-Match": got.headers["ETag"]},
        json={"lease_id": job["lease_id"], "status": "CRASHED", "reason": reason},
    )
    assert ended.status == 200, ended.data


def worker_id(worker: str) -> str:
    return base64.urlsafe_b64encode(worker.encode()).decode().rstrip("=")[:64]


@pytest.fixture
def reader(chromium: Browser, hostile: RunningServer) -> Iterator[Page]:
    """Somebody who looks at it; a dialog, an error of a script or a breach of the policy fails."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    troubles = troubles_of(page)
    sign_in(page, hostile)
    yield page
    context.close()
    assert not troubles


def test_there_are_a_hundred_of_them() -> None:
    assert len(set(TEXTS)) == 100


def test_names_of_experiments_are_text(reader: Page) -> None:
    settled(reader)
    for text in NAMES[::7]:
        expect(reader.get_by_text(text[:40], exact=False).first).to_be_attached()
    assert reader.locator("main script, main iframe, main object, main [onerror]").count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "e/everywhere",
        "e/everywhere/jobs?size=500",
        "e/everywhere/jobs?size=100&cols="
        + quote(",".join(f"results.{each}" for each in TEXTS[:9])),
        "e/everywhere/jobs?f=" + quote('status:pruned "<script>"'),
        "e/everywhere/charts",
        "e/everywhere/settings",
        "e/everywhere/" + quote(f"<script>{CALL}</script>", safe=""),
        "e/" + quote(f"<img src=x onerror={CALL}>", safe=""),
        "workers",
        "account",
        "compare?e=" + quote(TEXTS[0]) + "&e=everywhere",
    ],
)
def test_what_is_in_them_is_text(reader: Page, path: str) -> None:
    reader.goto(f"{reader.url.rstrip('/')}/{path}")
    settled(reader)
    assert reader.locator("main script, main iframe, main object, main [onerror]").count() == 0


def test_each_experiment_opens_under_its_own_name(reader: Page) -> None:
    root = reader.url.rstrip("/")
    for text in NAMES[::6]:
        reader.goto(f"{root}/e/{quote(text, safe='')}")
        settled(reader)
        expect(reader.get_by_role("heading", level=1)).to_contain_text(text[:40])


def test_each_job_shows_its_texts(reader: Page, hostile: RunningServer) -> None:
    everywhere = schedy.SchedyDB(config_override=hostile.client).get_experiment("everywhere")
    root = reader.url.rstrip("/")
    whole = next(job for job in everywhere.all_jobs() if len(job.hyperparameters) == 100)
    others = [job for job in everywhere.all_jobs() if job.status in {"PRUNED", "CRASHED"}][::6]
    for job in [whole, *others]:
        reader.goto(f"{root}/e/everywhere/jobs/{quote(job.job_id, safe='')}")
        settled(reader)
        expect(reader.get_by_role("heading", level=1)).to_contain_text(job.job_id)
    assert reader.locator("main script, main iframe, main object, main [onerror]").count() == 0
