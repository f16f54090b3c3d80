"""Whatever people call an experiment: it works, or is refused, and is never taken for another."""

import unicodedata
from collections.abc import Iterator

import pytest

import schedy
from schedy.errors import ClientError
from tests.running import RunningServer, running_server
from tests.security.names import is_kept, naughty_names

NAMES = naughty_names()
KEPT = [each for each in NAMES if is_kept(each)]
REFUSED = [each for each in NAMES if not is_kept(each)]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as started:
        yield started


@pytest.fixture
def db(server: RunningServer) -> schedy.SchedyDB:
    return schedy.SchedyDB(config_override=server.client)


def test_there_are_more_than_500_and_twins_among_them() -> None:
    assert len(KEPT) > 500
    assert len(REFUSED) >= 20
    composed = {unicodedata.normalize("NFC", each) for each in KEPT}
    assert len(KEPT) - len(composed) > 20


@pytest.mark.slow
def test_a_search_goes_from_its_beginning_to_its_end_whatever_its_name(
    db: schedy.SchedyDB,
) -> None:
    for name in KEPT:
        db.add_experiment(schedy.ManualSearch(name))
        db.get_experiment(name).add_job({"name": name})
    for name in KEPT:
        with db.get_experiment(name).next_job() as job:
            job.results["seen"] = job.hyperparameters["name"]
    made = [each for each in db.get_experiments() if each.name in set(KEPT)]
    found = {each.name: [job.results for job in each.all_jobs()] for each in made}
    assert found == {name: [{"seen": name}] for name in KEPT}
    for name in KEPT:
        db.get_experiment(name).delete()
    assert not {each.name for each in db.get_experiments()} & set(KEPT)


@pytest.mark.slow
def test_jobs_of_one_search_can_have_all_these_ids(db: schedy.SchedyDB) -> None:
    experiment = schedy.ManualSearch("ids")
    db.add_experiment(experiment)
    for name in KEPT:
        schedy.Job(name, experiment, {"name": name}, results={}).put()
    found = [(job.job_id, job.hyperparameters["name"]) for job in experiment.all_jobs()]
    assert found == [(name, name) for name in KEPT]
    assert all(experiment.get_job(name).hyperparameters == {"name": name} for name in KEPT)


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_what_can_not_be_kept_is_refused(db: schedy.SchedyDB, name: str) -> None:
    with pytest.raises(ClientError):
        db.add_experiment(schedy.ManualSearch(name))
