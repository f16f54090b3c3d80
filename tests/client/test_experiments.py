import pickle
from typing import Any

import pytest

import schedy
from schedy import Experiment, ManualSearch, PopulationBasedTraining, RandomSearch, errors, pbt
from schedy import random as rnd
from schedy.experiments import experiment_from_wire
from tests.client.peer import Peer, drop, reply

PBT = PopulationBasedTraining(
    "pbt",
    pbt.MAXIMIZE,
    "accuracy",
    pbt.Truncate(0.3),
    {"lr": pbt.Perturb(0.5, 2.0)},
    {"lr": rnd.LogUniform(1e-5, 1e-1)},
    20,
    Experiment.RUNNING,
    50,
)
RANDOM = RandomSearch("random", {"lr": rnd.Uniform(0, 1), "kind": rnd.Choice(["a", None])})
MANUAL = ManualSearch("manual", ManualSearch.DONE)


def wire(**changes: Any) -> dict[str, Any]:
    return {"name": "x", "status": "RUNNING", "scheduler": {"Manual": None}, **changes}


def listed(peer: Peer) -> list[Experiment]:
    db = schedy.SchedyDB(config_override={"root": peer.root, "email": "a", "token": "t"})
    return list(db.get_experiments())


@pytest.mark.parametrize("experiment", [PBT, RANDOM, MANUAL])
def test_every_kind_survives_the_wire(peer: Peer, experiment: Experiment) -> None:
    answer = {"name": experiment.name, **experiment.settings()}
    again = experiment_from_wire(peer.connection(), answer)
    assert type(again) is type(experiment)
    assert again.scheduler == experiment.scheduler
    assert (again.name, again.status) == (experiment.name, experiment.status)


def test_a_fetched_population_remembers_its_last_generation(peer: Peer) -> None:
    parameters = {**PBT.scheduler["PBT"], "max_generations": 50}
    fetched = experiment_from_wire(peer.connection(), wire(scheduler={"PBT": parameters}))
    assert isinstance(fetched, PopulationBasedTraining)
    assert fetched.scheduler == PBT.scheduler
    del parameters["maxGenerations"]
    fetched = experiment_from_wire(peer.connection(), wire(scheduler={"PBT": parameters}))
    assert fetched.scheduler == PBT.scheduler


def test_what_is_empty_does_not_travel() -> None:
    bare = PopulationBasedTraining("x", "min", "loss", pbt.Truncate())
    assert set(bare.scheduler["PBT"]) == {"objective", "qualityResultName", "exploit"}


def test_the_attributes_of_2018_are_there() -> None:
    assert (PBT.objective, PBT.result_name, PBT.population_size) == ("max", "accuracy", 20)
    assert (PBT.exploit, PBT.explore) == (pbt.Truncate(0.3), {"lr": pbt.Perturb(0.5, 2.0)})
    assert (PBT.initial_distributions, PBT.max_generations) == (
        {"lr": rnd.LogUniform(1e-5, 0.1)},
        50,
    )
    assert RANDOM.distributions["lr"] == rnd.Uniform(0, 1)


@pytest.mark.parametrize(
    "scheduler",
    [
        {"Grid": {"lr": [1, 2]}},
        {"Manual": {}},
        {"RandomSearch": None},
        {"RandomSearch": {"lr": {"beta": {}}}},
        {"RandomSearch": {"lr": {}}},
        {"PBT": {}},
        {"PBT": {**PBT.scheduler["PBT"], "future": 1}},
        {"PBT": {**PBT.scheduler["PBT"], "explore": [1]}},
        {"PBT": {**PBT.scheduler["PBT"], "exploit": {"binary": 1}}},
    ],
)
def test_what_this_client_does_not_know_is_listed_and_not_overwritten(
    peer: Peer, scheduler: Any
) -> None:
    peer.will(reply(200, {"items": [wire(scheduler=scheduler)]}))
    [found] = listed(peer)
    assert (type(found), found.scheduler) == (Experiment, scheduler)
    with pytest.raises(errors.ClientError, match=r"does not know the scheduler.*pip install -U"):
        found.push_updates()


@pytest.mark.parametrize(
    "answer", [None, [], {}, wire(name=None), wire(scheduler=None), wire(scheduler={})]
)
def test_what_is_no_experiment_makes_no_sense(peer: Peer, answer: Any) -> None:
    with pytest.raises(errors.UnhandledResponseError, match="no experiment"):
        experiment_from_wire(peer.connection(), answer)


def test_an_experiment_that_is_nowhere_says_how_to_put_it_somewhere() -> None:
    with pytest.raises(errors.ClientError, match=r"'manual' is on no server yet.*add_experiment"):
        MANUAL.next_job()


def test_an_experiment_of_no_kind_has_no_scheduler() -> None:
    with pytest.raises(errors.ClientError, match="make a ManualSearch"):
        Experiment("x").settings()


def test_what_is_no_distribution_is_named() -> None:
    broken: Any = {"lr": 0.1}
    with pytest.raises(TypeError, match=r"distributions\['lr'\] has to be .* schedy\.random"):
        RandomSearch("x", broken).settings()
    with pytest.raises(TypeError, match=r"explore\['lr'\] has to be .* schedy\.pbt"):
        PopulationBasedTraining("x", "min", "loss", pbt.Truncate(), broken).settings()
    with pytest.raises(TypeError, match=r"exploit has to be .* schedy\.pbt"):
        PopulationBasedTraining("x", "min", "loss", broken).settings()


def test_an_objective_is_a_result_and_a_direction() -> None:
    assert ManualSearch("x", minimize="loss").settings()["objective"] == {
        "result": "loss",
        "direction": "min",
    }
    assert RandomSearch("x", {}, maximize="accuracy").settings()["objective"] == {
        "result": "accuracy",
        "direction": "max",
    }
    assert "objective" not in ManualSearch("x").settings()
    with pytest.raises(ValueError, match="either"):
        ManualSearch("x", minimize="loss", maximize="accuracy")


def test_an_objective_that_is_taken_away_is_gone(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200))
    remote.push_updates()
    assert peer.seen[0].json() == {
        "status": "RUNNING",
        "scheduler": {"Manual": None},
        "objective": None,
    }


def test_a_server_of_another_make_need_not_say_anything(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(204))
    remote.push_updates()
    assert (remote.created, remote.counts, remote.seed) == (None, {}, None)


def test_a_job_whose_answer_got_lost_is_added_once(peer: Peer, remote: Experiment) -> None:
    job = {"id": "j1", "experiment": "mnist", "status": "QUEUED"}
    peer.will(drop, reply(201, job, ETag='"1"'))
    assert remote.add_job(hyperparameters={"lr": 1}).etag == '"1"'
    assert len({each.headers["Idempotency-Key"] for each in peer.seen}) == 1
    assert len(peer.seen) == 2


def test_jobs_with_a_slip_of_the_pen_are_not_added(remote: Experiment) -> None:
    with pytest.raises(TypeError, match=r"jobs\[1\] has an unknown key 'params'"):
        remote.add_jobs([{"hyperparameters": {}}, {"params": {}}])


def test_ten_thousand_jobs_go_into_each_batch(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(201, {"ids": ["a"] * 10_000}), reply(201, {"ids": ["b"]}))
    assert len(remote.add_jobs({} for _ in range(10_001))) == 10_001
    assert [len(each.json()["jobs"]) for each in peer.seen] == [10_000, 1]
    assert remote.add_jobs([]) == []


def test_an_answer_without_ids_makes_no_sense(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(201, {}))
    with pytest.raises(errors.UnhandledResponseError, match="no ids"):
        remote.add_jobs([{}])


def test_what_is_best_has_to_be_said(remote: Experiment) -> None:
    with pytest.raises(ValueError, match="say what is best"):
        remote.best_job()
    with pytest.raises(ValueError, match="say what is best"):
        remote.best_job("loss", "down")


def test_an_experiment_says_what_it_is() -> None:
    assert repr(MANUAL) == "ManualSearch(name='manual', status='DONE')"
    assert repr(RANDOM).startswith("RandomSearch(name='random', status='RUNNING', distributions={")
    assert "max_generations=50" in repr(PBT)
    assert repr(Experiment.unknown("x", {"Grid": 1})).endswith("scheduler={'Grid': 1})")


def test_a_notebook_shows_names_as_text() -> None:
    search = RandomSearch("<script>", {"<b>": rnd.Constant("<i>")})
    search.counts = {"DONE": 3, "QUEUED": 0}
    shown = search._repr_html_()
    assert "<caption>RandomSearch &lt;script&gt;, RUNNING</caption>" in shown
    assert "<tr><th>DONE</th><td>3</td></tr>" in shown
    assert not any(part in shown for part in ("<b>", "<i>", "<script>", "QUEUED"))


def test_an_experiment_can_travel_to_another_process(remote: Experiment) -> None:
    again = pickle.loads(pickle.dumps(remote))  # noqa: S301 - our own
    assert (again.name, again.connection.configuration) == (
        "mnist",
        remote.connection.configuration,
    )
