"""The settings of an experiment, changed in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

import schedy
from tests.dashboard.conftest import settled
from tests.running import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture
def db(server: RunningServer) -> schedy.SchedyDB:
    return schedy.SchedyDB(config_override=server.client)


LIMITS: dict[str, Any] = {
    "lease_ttl": 300.0,
    "progress_timeout": 7200.0,
    "expected_duration": 1800.5,
    "max_lost": 5,
    "max_preempted": 9,
    "crash_retries": 2,
    "legacy_requeue_after": 86_400.0,
    "on_late": "keep",
}


def test_all_limits_are_changed_and_unset(
    page: Page, server: RunningServer, db: schedy.SchedyDB
) -> None:
    experiment = schedy.ManualSearch("limited")
    db.add_experiment(experiment)
    before = dict(db.get_experiment("limited").limits)
    page.goto(f"{server.root}e/limited/settings")
    settled(page)
    limits = page.get_by_role("region", name="Limits")

    def save(values: dict[str, Any]) -> None:
        for name, value in values.items():
            field = limits.locator(f"[name={name}]")
            if name == "on_late":
                field.select_option(str(value))
            else:
                field.fill("" if value is None else str(value))
        limits.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()

    save(LIMITS)
    assert db.get_experiment("limited").limits == LIMITS
    page.reload()
    settled(page)
    save(before)
    assert db.get_experiment("limited").limits == before


def test_a_limit_that_is_none_is_refused_before_it_is_sent(
    page: Page, server: RunningServer, db: schedy.SchedyDB
) -> None:
    db.add_experiment(schedy.ManualSearch("bounded"))
    page.goto(f"{server.root}e/bounded/settings")
    limits = page.get_by_role("region", name="Limits")
    limits.get_by_label("Losses before a job is given up").fill("0.5")
    limits.get_by_role("button", name="Save").click()
    assert limits.locator("input:invalid").count() == 1
    assert db.get_experiment("bounded").limits["max_lost"] == 3
