import pytest

from schedy_server.model.errors import Invalid, NotFound, PreconditionFailed
from schedy_server.model.experiments import Direction, ExperimentStatus, Objective
from schedy_server.model.jobs import Status
from schedy_server.service import experiments
from schedy_server.service.experiments import Alteration, Settings
from schedy_server.service.repeats import Key
from tests.server.desk import NAME, UNIFORM, Desk

MANUAL = Settings(ExperimentStatus.RUNNING, {"Manual": None})


def test_an_experiment_is_created_once(desk: Desk) -> None:
    desk.experiment()
    with pytest.raises(PreconditionFailed):
        desk.do(experiments.put, NAME, MANUAL, only_new=True)


def test_a_repeat_of_its_creation_finds_it(desk: Desk) -> None:
    key = Key("k", b"digest")
    made = [desk.do(experiments.put, NAME, MANUAL, only_new=True, key=key) for _ in range(2)]
    assert [is_new for _, is_new in made] == [True, False]
    assert made[0][0].key == made[1][0].key


def test_replacing_keeps_jobs_seed_and_objective(desk: Desk) -> None:
    goal = Objective("loss", Direction.MIN)
    before = desk.experiment(objective=goal, seed=7)
    desk.add()
    wanted = Settings(ExperimentStatus.DONE, UNIFORM)
    after, is_new = desk.do(experiments.put, NAME, wanted, only_new=False)
    assert not is_new
    assert (after.key, after.seed, after.objective) == (before.key, 7, goal)
    assert desk.counts() == {Status.QUEUED: 1}


def test_a_population_says_itself_what_is_best(desk: Desk) -> None:
    wire = {"PBT": {"objective": "min", "qualityResultName": "q", "exploit": {"truncate": 0.2}}}
    assert desk.experiment(wire).objective == Objective("q", Direction.MIN)
    change = Alteration(objective=Objective("other", Direction.MAX))
    with pytest.raises(Invalid):
        desk.do(experiments.patch, NAME, change)


def test_a_new_objective_judges_old_jobs(desk: Desk) -> None:
    desk.experiment()
    added = desk.add(Status.DONE, results={"loss": 2, "accuracy": 0.5})
    desk.do(experiments.patch, NAME, Alteration(objective=Objective("accuracy", Direction.MAX)))
    assert desk.get(added).job.quality == 0.5
    desk.do(experiments.patch, NAME, Alteration(objective=None))
    assert desk.get(added).job.quality is None


def test_pages_go_by_name_and_miss_nobody(desk: Desk) -> None:
    names = sorted(["b", "a", "a/b", "ä", "A", "Z", "😀"])
    for name in names:
        desk.experiment(name=name)
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page, after = desk.do(experiments.page, after=after, limit=3)
        found += [experiment.name for experiment in page]
    assert found == names


def test_a_page_shows_only_ones_own(desk: Desk) -> None:
    desk.experiment()
    assert desk.do_as(desk.bob, experiments.page, limit=10) == ([], None)


def test_deleting_takes_the_jobs_along(desk: Desk) -> None:
    desk.experiment()
    desk.add()
    desk.do(experiments.delete, NAME, must_exist=True)
    desk.experiment()
    assert desk.counts() == {}


def test_deleting_what_is_not_there_fails_only_if_it_has_to_be(desk: Desk) -> None:
    desk.do(experiments.delete, NAME, must_exist=False)
    with pytest.raises(PreconditionFailed):
        desk.do(experiments.delete, NAME, must_exist=True)


def test_a_missing_experiment_can_not_be_changed(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.do(experiments.patch, NAME, Alteration(ExperimentStatus.DONE))


@pytest.mark.parametrize("name", ["", ".", "..", "a\x00b", "\x1b[31m", "\ud800", "x" * 501])
def test_a_name_that_can_not_be_kept_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(Invalid, match=r"name|called"):
        desk.do(experiments.put, name, MANUAL, only_new=True)


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", " ", "+", "é", "e\u0301", "😀", "x" * 500])
def test_any_other_name_comes_back_unchanged(desk: Desk, name: str) -> None:
    desk.experiment(name=name)
    assert desk.do(experiments.get, name).name == name
