"""What tables and charts show is what the jobs are."""

from typing import Any

from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import Status
from schedy_server.service import experiments, jobs
from schedy_server.service.columns import Columns, Lines, Sorting, arrange, select
from schedy_server.service.context import Context
from schedy_server.service.experiments import Alteration
from schedy_server.service.filters import Filter
from tests.server.desk import NAME, Desk


def lines(desk: Desk, columns: Columns) -> Lines:
    return desk.do(lambda context: columns.lines(context, context.experiment(NAME)))


def filled(desk: Desk, *losses: Any) -> Columns:
    desk.experiment(objective=Objective("loss", Direction.MIN))
    for loss in losses:
        desk.add(Status.DONE, hyperparameters={"lr": loss}, results={"loss": loss})
    return Columns()


def sorted_by(desk: Desk, columns: Columns, *keys: str) -> list[int]:
    def look(context: Context) -> list[int]:
        experiment = context.experiment(NAME)
        wanted = [Sorting(key.removeprefix("-"), key.startswith("-")) for key in keys]
        found = arrange(columns.lines(context, experiment), wanted, experiment)
        return [line.number for line in found]

    return desk.do(look)


def test_what_changed_since_the_last_look_is_shown(desk: Desk) -> None:
    columns = filled(desk, 1, 2)
    assert [line.quality for line in lines(desk, columns)] == [1, 2]
    third = desk.add(Status.DONE, results={"loss": 3})
    assert [line.quality for line in lines(desk, columns)] == [1, 2, 3]
    desk.do(jobs.delete, NAME, third.job.id, must_exist=True)
    assert [line.number for line in lines(desk, columns)] == [1, 2]


def test_a_view_that_was_kept_equals_one_made_anew(desk: Desk) -> None:
    columns = filled(desk, 1)
    for turn in range(5):
        desk.add(Status.DONE, results={"loss": turn})
        assert lines(desk, columns) == lines(desk, Columns())


def test_a_new_objective_gives_new_qualities(desk: Desk) -> None:
    columns = filled(desk, 1)
    lines(desk, columns)
    desk.do(experiments.patch, NAME, Alteration(objective=Objective("other", Direction.MAX)))
    assert [line.quality for line in lines(desk, columns)] == [None]


def test_missing_values_come_last_in_both_directions(desk: Desk) -> None:
    columns = filled(desk, 2, None, 1, "text", float("nan"))
    assert sorted_by(desk, columns, "results.loss") == [3, 1, 4, 2, 5]
    assert sorted_by(desk, columns, "-results.loss") == [4, 1, 3, 2, 5]


def test_equals_are_sorted_by_the_next_key(desk: Desk) -> None:
    columns = filled(desk, 1, 2, 1, 2)
    assert sorted_by(desk, columns, "loss", "-number") == [3, 1, 4, 2]


def test_the_best_come_first(desk: Desk) -> None:
    columns = filled(desk, 3, 1, 2)
    assert sorted_by(desk, columns, "best") == [2, 3, 1]


def test_a_filter_looks_at_hyperparameters_before_results(desk: Desk) -> None:
    columns = filled(desk, 1, 2, 3)
    found = select(lines(desk, columns), Filter.parse("lr>1 results.loss<3"))
    assert [line.number for line in found] == [2]


def test_a_table_that_was_looked_at_by_column_follows_what_changes(desk: Desk) -> None:
    columns = filled(desk, *range(8))
    for _ in range(2):
        assert sorted_by(desk, columns, "-loss")[0] == max(lines(desk, columns).values("number"))
        assert lines(desk, columns).values("lr") == lines(desk, Columns()).values("lr")
        desk.add(Status.DONE, hyperparameters={"lr": 9}, results={"loss": 9.5})


def test_jobs_that_a_filter_wants_are_sorted_among_themselves(desk: Desk) -> None:
    columns = filled(desk, 4, 2, 3, 1, None)

    def look(context: Context) -> list[int]:
        experiment = context.experiment(NAME)
        found = select(columns.lines(context, experiment), Filter.parse("loss!=3"))
        return arrange(found, [Sorting("loss", descending=True)], experiment).values("number")

    assert desk.do(look) == [1, 2, 4, 5]
