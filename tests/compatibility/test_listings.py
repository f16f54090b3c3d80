"""Lists of jobs: whole, each job once, whatever happens meanwhile."""

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import Fleet, OldClient
from tests.compatibility.wire import Wire

pytestmark = pytest.mark.compat

PAGE = 100


def fill(client: OldClient, count: int) -> None:
    """Add jobs that know their number."""
    client.run(
        """
        exp = db.get_experiment(name)
        for number in range(count):
            exp.add_job(hyperparameters={'number': number})
        """,
        count=count,
    )


@on_both_databases
def test_hundreds_of_jobs_are_listed_once_each_in_the_order_of_their_coming(
    manual: OldClient,
) -> None:
    fill(manual, 255)
    numbers = manual.run("""
        return [job.hyperparameters['number'] for job in db.get_experiment(name).all_jobs()]
    """)
    assert numbers == list(range(255))


@on_both_databases
def test_jobs_can_be_deleted_while_they_are_listed(manual: OldClient) -> None:
    fill(manual, 255)
    assert manual.run("""
        exp, numbers = db.get_experiment(name), []
        for job in exp.all_jobs():
            numbers.append(job.hyperparameters['number'])
            job.delete()
        return [numbers == list(range(255)), len(list(exp.all_jobs()))]
    """) == [True, 0]


def test_every_other_job_can_be_deleted_while_they_are_listed(manual: OldClient) -> None:
    fill(manual, 205)
    assert manual.run("""
        exp = db.get_experiment(name)
        for job in exp.all_jobs():
            if job.hyperparameters['number'] % 2:
                job.delete()
        return [job.hyperparameters['number'] for job in exp.all_jobs()]
    """) == list(range(0, 205, 2))


def test_a_list_goes_on_after_its_page_was_deleted(manual: OldClient) -> None:
    fill(manual, 150)
    assert manual.run("""
        exp = db.get_experiment(name)
        listing = exp.all_jobs()
        for job in exp.all_jobs():
            if job.hyperparameters['number'] < 130:
                job.delete()
        return [job.hyperparameters['number'] for job in listing]
    """) == [*range(100), *range(130, 150)]


@on_both_databases
def test_a_list_has_each_job_once_while_many_add_and_change_jobs(
    manual: OldClient, fleet: Fleet
) -> None:
    fill(manual, 220)
    counts = fleet.run(
        """
        exp = db.get_experiment(name)
        if worker % 2:
            for number in range(15):
                exp.add_job(hyperparameters={'number': 1000 + number})
                exp.next_job().put()
            return None
        ids = [job.job_id for job in exp.all_jobs() if job.hyperparameters['number'] < 1000]
        return [len(ids), len(set(ids))]
        """,
        manual,
    )
    assert counts[::2] == [[220, 220]] * 4


def test_an_empty_list_is_empty(manual: OldClient) -> None:
    assert manual.run("return [job.job_id for job in db.get_experiment(name).all_jobs()]") == []


@pytest.mark.parametrize(("count", "pages"), [(0, [0]), (1, [1]), (100, [100]), (101, [100, 1])])
def test_the_last_page_is_never_empty_but_for_a_list_that_is(
    manual: OldClient, wire: Wire, count: int, pages: list[int]
) -> None:
    fill(manual, count)
    found, query = [], ""
    while True:
        page = wire.ask("GET", f"/experiments/{manual.name}/jobs/{query}").json
        found.append(len(page["items"]))
        if page["next"] is None:
            break
        query = f"?start={page['next']}"
    assert found == pages


def test_a_page_has_the_two_keys_that_the_client_expects(manual: OldClient, wire: Wire) -> None:
    fill(manual, 1)
    for url in ("/experiments/", f"/experiments/{manual.name}/jobs/"):
        assert wire.ask("GET", url).json.keys() == {"items", "next"}


@pytest.mark.parametrize(
    "token", ["unknown", "0", "-1", "%00", "%FF", "null", "WzAsMCwwXQ%3D%3D=", "a" * 5000, "%F0%9F"]
)
def test_an_unknown_page_token_is_refused(manual: OldClient, wire: Wire, token: str) -> None:
    for url in ("/experiments/", f"/experiments/{manual.name}/jobs/"):
        assert 400 <= wire.ask("GET", f"{url}?start={token}").status < 500


def test_a_page_token_is_good_for_lists_of_its_kind_only(manual: OldClient, wire: Wire) -> None:
    fill(manual, PAGE + 1)
    token = wire.ask("GET", f"/experiments/{manual.name}/jobs/").json["next"]
    assert wire.ask("GET", f"/experiments/?start={token}").status == 400
