"""Lists in any order: what can be compared first, what can't last, and each job once."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schedy_server.model.errors import Invalid, NotFound
from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import Status
from schedy_server.service import jobs, listing
from schedy_server.service.listing import Order
from schedy_server.storage.opening import open_storage
from tests.server.desk import Desk, wish
from tests.strategies import json_values, numbers

MISSING = object()
VALUES = st.one_of(
    numbers(),
    st.sampled_from([0, 0.0, -0.0, 1, 1.0, True, False, 2**53, 2**53 + 1, 10**400, math.inf]),
    st.text(max_size=3),
    st.sampled_from(
        [None, math.nan, MISSING, [], {}, [1], {"a": 1}, "1", "a", "A", "\ud800", "\0"]
    ),
    json_values(max_leaves=2),
)
_names = count()


@dataclass(frozen=True, slots=True)
class Shelf:
    """An experiment whose jobs are listed."""

    desk: Desk
    name: str

    def add(self, *values: Any, room: str = "results", status: Status = Status.QUEUED) -> list[str]:
        wishes = [
            wish(status, **{room: {} if value is MISSING else {"x": value}}) for value in values
        ]
        return self.desk.do(jobs.add_many, self.name, wishes)

    def page(self, order: Order, limit: int, after: Any = None, **options: Any) -> listing.Page:
        # A position travels as JSON.
        return self.desk.do(
            listing.page, self.name, order=order, limit=limit, after=sent(after), **options
        )

    def numbers(self, order: Order, limit: int = 3, **options: Any) -> list[int]:
        return [number for page in self.pages(order, limit, **options) for number in page]

    def pages(self, order: Order, limit: int, **options: Any) -> Iterator[list[int]]:
        after = None
        while True:
            page = self.page(order, limit, after, **options)
            assert len(page.jobs) == limit or page.last is None
            yield [handed.job.number for handed in page.jobs]
            after = page.last
            if after is None:
                return


def sent(position: Any) -> Any:
    return None if position is None else tuple(json.loads(json.dumps(position)))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("listing")
    with open_storage(f"sqlite:///{folder}/schedy.db") as storage:
        yield Desk(storage)


def new_shelf(desk: Desk, **settings: Any) -> Shelf:
    name = f"shelf {next(_names)}"
    desk.experiment(name=name, **settings)
    return Shelf(desk, name)


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    return new_shelf(desk)


def in_order(values: Sequence[Any], *, descending: bool) -> list[int]:
    """Return the numbers of jobs with these values: numbers, then text, then everything else."""
    numbers, texts, rest = [], [], []
    for number, value in enumerate(values, 1):
        if isinstance(value, bool):
            texts.append(("true" if value else "false", number))
        elif isinstance(value, str):
            texts.append((value, number))
        elif isinstance(value, int) or (isinstance(value, float) and not math.isnan(value)):
            numbers.append((value, number))
        else:
            rest.append(number)
    return [
        number for _, number in [*ranked(numbers, descending), *ranked(texts, descending)]
    ] + rest


def ranked(pairs: list[Any], descending: bool) -> list[Any]:
    by_number = sorted(pairs, key=lambda pair: pair[1])
    return sorted(by_number, key=lambda pair: pair[0], reverse=descending)  # sorting is stable


# Order


@given(
    st.lists(VALUES, max_size=12),
    st.booleans(),
    st.integers(1, 5),
    st.sampled_from(["results", "hyperparameters"]),
)
@example([True, 1, False, 0, "true", math.nan, None, MISSING, -math.inf], True, 2, "results")
@example([10**400, -(10**400), math.inf, 1e308, -math.inf], False, 1, "results")
def test_any_values_have_an_order_and_pages_keep_it(
    desk: Desk, values: list[Any], descending: bool, limit: int, room: str
) -> None:
    shelf = new_shelf(desk)
    shelf.add(*values, room=room)
    listed = shelf.numbers(Order(f"{room}.x", descending=descending), limit)
    assert listed == in_order(values, descending=descending)


@pytest.mark.parametrize("descending", [False, True])
def test_what_can_not_be_compared_comes_last_in_both_directions(
    shelf: Shelf, descending: bool
) -> None:
    shelf.add(None, "text", math.nan, True, MISSING, [1], 0.5)
    assert shelf.numbers(Order("results.x", descending=descending))[0] == 7


def test_long_texts_are_ordered_by_their_beginning(shelf: Shelf) -> None:
    shelf.add("b" * 1_000_000, "a" * 1_000_000, "a" * 1_000_001)
    page = shelf.page(Order("results.x"), 1)
    assert len(json.dumps(page.last)) < 1000  # it has to fit a URL
    assert shelf.numbers(Order("results.x"), 1) == [2, 3, 1]


def test_names_may_hold_dots(shelf: Shelf) -> None:
    shelf.desk.do(
        jobs.add_many, shelf.name, [wish(Status.DONE, results={"a.b.c": x}) for x in (2, 1)]
    )
    assert shelf.numbers(Order.parse("results.a.b.c")) == [2, 1]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 10])
def test_jobs_are_numbered(shelf: Shelf, descending: bool, limit: int) -> None:
    shelf.add(3, 1, 2, 5)
    expected = [4, 3, 2, 1] if descending else [1, 2, 3, 4]
    assert shelf.numbers(Order("number", descending=descending), limit) == expected


@pytest.mark.parametrize(
    ("key", "ascending", "descending"),
    [
        ("created", [1, 2, 3, 4], [4, 3, 2, 1]),
        ("modified", [1, 4, 3, 2], [2, 3, 4, 1]),
        ("started", [3, 2, 1, 4], [2, 3, 1, 4]),
        ("finished", [4, 2, 1, 3], [2, 4, 1, 3]),
        ("status", [4, 2, 1, 3], [3, 1, 2, 4]),
    ],
)
def test_times_and_statuses_have_an_order(
    shelf: Shelf, key: str, ascending: list[int], descending: list[int]
) -> None:
    ids = timed(shelf)
    assert len(ids) == 4
    assert shelf.numbers(Order(key), 2) == ascending
    assert shelf.numbers(Order(key, descending=True), 2) == descending


def timed(shelf: Shelf) -> list[str]:
    """Add a queued job, one that ended DONE, one that runs, one that was added as CRASHED."""
    ids = []
    for status in (Status.QUEUED, Status.QUEUED, Status.QUEUED, Status.CRASHED):
        shelf.desk.advance(seconds=1)
        ids += shelf.add(1, status=status)
    for number, status in ((3, Status.RUNNING), (2, Status.RUNNING), (2, Status.DONE)):
        shelf.desk.advance(seconds=1)
        change = wish(status, results={"x": 1})
        shelf.desk.do(jobs.put, shelf.name, ids[number - 1], change, condition=None)
    return ids


# The best


@pytest.mark.parametrize(
    ("direction", "best", "worst"),
    [
        (Direction.MIN, [4, 2, 1, 5, 3, 6, 7], [5, 1, 2, 4, 3, 6, 7]),
        (Direction.MAX, [5, 1, 2, 4, 3, 6, 7], [4, 2, 1, 5, 3, 6, 7]),
    ],
)
def test_the_best_come_first_and_the_useless_last(
    desk: Desk, direction: Direction, best: list[int], worst: list[int]
) -> None:
    shelf = new_shelf(desk, objective=Objective("x", direction))
    shelf.add(0.5, -1, math.nan, -math.inf, 10**400, "0.1", True)
    assert shelf.numbers(Order("best"), 2) == best
    assert shelf.numbers(Order("best", descending=True), 2) == worst


def test_nothing_is_best_without_an_objective(shelf: Shelf) -> None:
    with pytest.raises(Invalid, match="no objective"):
        shelf.page(Order("best"), 1)


# Pages


@given(
    st.lists(st.one_of(st.integers(0, 3), st.sampled_from(["a", None])), min_size=1, max_size=10),
    st.sampled_from(["number", "-number", "results.x", "-results.x", "-created", "status"]),
    st.integers(1, 3),
    st.data(),
)
def test_each_job_is_listed_once_while_others_come_and_go(
    desk: Desk, values: list[Any], key: str, limit: int, data: st.DataObject
) -> None:
    shelf = new_shelf(desk)
    there = dict(enumerate(shelf.add(*values), 1))
    listed: list[int] = []
    for page in shelf.pages(Order.parse(key), limit):
        listed += page
        for number in data.draw(
            st.sets(st.sampled_from(sorted(there))) if there else st.just(set())
        ):
            desk.do(jobs.delete, shelf.name, there.pop(number), must_exist=True)
        shelf.add(*data.draw(st.lists(st.integers(0, 3), max_size=limit - 1)))
    assert len(listed) == len(set(listed))
    assert set(there) <= set(listed)


def test_listed_jobs_may_be_deleted_one_page_after_the_other(shelf: Shelf) -> None:
    ids = dict(enumerate(shelf.add(*range(10)), 1))
    for page in shelf.pages(Order("results.x", descending=True), 3):
        for number in page:
            shelf.desk.do(jobs.delete, shelf.name, ids.pop(number), must_exist=True)
    assert not ids


@pytest.mark.parametrize("key", ["number", "results.x"])
@pytest.mark.parametrize("limit", [4, 5])
def test_a_list_that_fills_its_page_has_no_other(shelf: Shelf, key: str, limit: int) -> None:
    shelf.add(1, 2, 3, 4)
    assert shelf.page(Order(key), limit).last is None


@pytest.mark.parametrize("key", ["number", "results.x", "status"])
def test_an_experiment_without_jobs_has_an_empty_page(shelf: Shelf, key: str) -> None:
    page = shelf.page(Order(key), 1)
    assert (list(page.jobs), page.last) == ([], None)


@given(
    st.sets(st.sampled_from(Status), min_size=1),
    st.sampled_from(["number", "results.x", "finished"]),
)
def test_only_the_statuses_asked_for_are_listed(
    desk: Desk, statuses: set[Status], key: str
) -> None:
    shelf = new_shelf(desk)
    every = [*Status, *Status]
    for status in every:
        shelf.add(1, status=status)
    expected = {number for number, status in enumerate(every, 1) if status in statuses}
    assert set(shelf.numbers(Order(key), statuses=tuple(statuses))) == expected


def test_a_list_of_someone_else_does_not_exist(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        shelf.desk.do_as(shelf.desk.bob, listing.page, shelf.name, limit=1)


# Keys


@pytest.mark.parametrize("key", ["number", "best", "quality", "results.x", "hyperparameters. "])
def test_a_minus_means_descending(key: str) -> None:
    assert Order.parse(key) == Order(key)
    assert Order.parse(f"-{key}") == Order(key, descending=True)


@pytest.mark.parametrize(
    "key", ["", "-", "id", "--number", "results", "results.", "Results.x", "x.y"]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(Invalid, match="Can't sort by"):
        Order.parse(key)
