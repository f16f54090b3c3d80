"""What the results say, asked from Python."""

import math
import random
from typing import Any

import pytest

from schedy import Experiment, errors
from tests.client.peer import Peer, reply

ABOUT = {"revision": 1, "jobs": 3, "used": 3, "note": None}


@pytest.fixture
def filled(experiment: Experiment) -> Experiment:
    """Forty jobs whose loss depends on the learning rate, and a little on the optimizer."""
    luck = random.Random(0)
    jobs = []
    for at in range(40):
        lr, optimizer = luck.random(), luck.choice(["adam", "sgd"])
        loss = 3 * lr + 0.1 * (optimizer == "sgd")
        jobs.append(
            {
                "status": "DONE",
                "hyperparameters": {"lr": lr, "optimizer": optimizer},
                "results": {"loss": loss, "size": -at},
            }
        )
    experiment.add_jobs(jobs)
    return experiment


def test_importance_names_what_matters_first(filled: Experiment) -> None:
    found = filled.importance()
    assert [each.field for each in found] == ["hyperparameters.lr", "hyperparameters.optimizer"]
    assert (found.used, found.note) == (40, None)
    assert found.fit is not None
    assert found.fit.r2 > 0.5
    assert repr(found).startswith("Importance for quality, 40 jobs, R² 0.")
    assert "lr" in found._repr_html_()
    assert list(found.to_dataframe().columns) == ["field", "importance", "spread"]


def test_a_surface_is_a_table_of_means(filled: Experiment) -> None:
    found = filled.surface("lr", "optimizer", grid=4)
    frame = found.to_dataframe()
    assert list(frame.index) == ["adam", "sgd"]
    assert list(frame.columns) == list(found.x.values)
    assert frame.iloc[0, 0] < frame.iloc[0, -1]
    assert "4 by 2 points" in repr(found)


def test_a_surface_without_any_number_on_one_side_is_empty(filled: Experiment) -> None:
    filled.add_jobs(
        {"status": "DONE", "hyperparameters": {"lr": at, "odd": math.nan}, "results": {"loss": at}}
        for at in range(10)
    )
    assert repr(filled.surface("odd", "lr")).startswith("quality over hyperparameters.odd and")


def test_predictions_stand_beside_what_was(filled: Experiment) -> None:
    frame = filled.predictions("results.loss").to_dataframe()
    assert len(frame) == 40
    assert frame["actual"].corr(frame["predicted"]) > 0.8


def test_a_front_has_a_value_for_each_objective(filled: Experiment) -> None:
    found = filled.pareto({"results.loss": "min", "results.size": "min"})
    assert found.objectives == {"results.loss": "min", "results.size": "min"}
    frame = found.to_dataframe()
    assert frame["results.loss"].is_monotonic_increasing
    assert set(frame["job_id"]) == {each.job_id for each in found}
    assert list(found.hypervolume.values()) == sorted(found.hypervolume.values())
    assert found == filled.pareto(["results.loss:min", "size:min"])


def test_progress_and_distribution_tell_of_the_same_jobs(filled: Experiment) -> None:
    progress, distribution = filled.progress(), filled.distribution()
    assert progress.items[-1].best == distribution.to_dataframe()["value"].min()
    assert distribution.shares[-1] == 1
    assert "median" in repr(distribution)
    assert f"{len(progress.items)} improvements in 40 jobs" in repr(progress)


def test_a_filter_says_which_jobs(filled: Experiment) -> None:
    found = filled.distribution(filter="lr<0.5 optimizer=adam")
    assert 0 < found.jobs < 40
    assert max(found.values) < 1.5


def test_a_field_that_no_job_has_is_named_with_those_called_alike(filled: Experiment) -> None:
    with pytest.raises(errors.ClientRequestError, match=r"Did you mean 'results\.loss'"):
        filled.importance("los")


def test_where_nothing_can_be_said_a_note_says_why(experiment: Experiment) -> None:
    found = experiment.importance()
    assert (list(found), found.fit) == ([], None)
    assert found.note is not None
    assert "It takes 10 jobs" in repr(found)


@pytest.mark.parametrize("body", [{}, [], 3, ABOUT])
def test_another_kind_of_answer_is_an_error(peer: Peer, remote: Experiment, body: Any) -> None:
    peer.will(reply(200, body))
    with pytest.raises(errors.UnhandledResponseError):
        remote.importance()


def test_what_newer_servers_tell_besides_does_no_harm(peer: Peer, remote: Experiment) -> None:
    item = {"field": "hyperparameters.a", "importance": 1, "spread": 0, "rank": 1}
    fit = {"r2": 1, "spread": 0, "folds": 5}
    rest = {"target": "quality", "method": "permutation", "more": 1, "fit": fit, "items": [item]}
    peer.will(reply(200, {**ABOUT, **rest}))
    assert [each.importance for each in remote.importance()] == [1]


def test_a_quantile_is_what_so_many_jobs_do_not_exceed(experiment: Experiment) -> None:
    experiment.add_jobs({"status": "DONE", "results": {"loss": at % 10}} for at in range(40))
    found = experiment.distribution()
    assert [found.quantile(share) for share in (0, 0.1, 0.11, 0.5, 1)] == [0, 0, 1, 4, 9]
    with pytest.raises(ValueError, match=r"share of 1\.5"):
        found.quantile(1.5)


def test_of_no_jobs_there_is_no_quantile(experiment: Experiment) -> None:
    with pytest.raises(ValueError, match="no value"):
        experiment.distribution().quantile(0.5)
