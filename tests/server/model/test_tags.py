"""ETags survive the wire and what proxies do to them, and match nothing that they should not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.jobs import Job
from schedy_server.model.tags import ANY, AnyVersion, Tag, identity, parse_condition
from schedy_server.service.names import new_nonce
from tests.server.storage.samples import moments
from tests.server.storage.stock import NOON, new_experiment, new_job


def words(longest: int) -> st.SearchStrategy[str]:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    # What ends as proxies' additions begin, or like them, can't be told from those; nonces do not.
    return st.text(letters, min_size=1, max_size=longest).filter(
        lambda word: not word.endswith(("-", "-gzip"))
    )


def tags() -> st.SearchStrategy[Tag]:
    return st.builds(Tag, words(32), words(40), st.integers(0, 10**18 - 1), words(64))


def job(number: int = 1, **fields: object) -> Job:
    return new_job(new_experiment(1), number=number, **fields)


@given(tags())
def test_a_tag_survives_the_wire(tag: Tag) -> None:
    assert parse_condition(tag.header) == (tag,)


@given(tags(), st.sampled_from(["-gzip", "--gzip", ";gzip", ""]), st.sampled_from(["W/", ""]))
def test_a_tag_survives_a_proxy_that_compresses(tag: Tag, coding: str, weak: str) -> None:
    assert parse_condition(f' {weak}"{tag}{coding}" ') == (tag,)


@given(tags(), tags())
def test_of_several_tags_each_counts(one: Tag, other: Tag) -> None:
    both = f'{one.header}, "unknown", W/{other.header}'
    assert parse_condition(both) in {(one, other), ()}  # nothing, where that is too long


def test_two_tags_fit() -> None:
    tag = Tag.of(job(), epoch="e" * 6, nonce="n" * 16)
    assert parse_condition(f"{tag.header},{tag.header}") == (tag, tag)


def test_a_star_stands_for_any_version() -> None:
    assert parse_condition(" * ") is ANY
    assert isinstance(ANY, AnyVersion)


@given(st.text())
def test_whatever_else_comes_matches_nothing(text: str) -> None:
    condition = parse_condition(text)
    assert condition is ANY or condition == ()


@pytest.mark.parametrize(
    "header",
    [
        "",
        '""',
        '"e.1-a.1"',
        '"e.1-a.1.n.x"',
        '"e.1-a.-1.n"',
        '"e.1-a.\u0661.n"',  # a digit, but not one of ours
        '"é.1-a.1.n"',
        "e.1-a.1.n",
        '"e.1-a.1.n',
        '"e.1-a.9999999999999999999.n"',
        f'"{"e" * 300}.1-a.1.n"',
        '"*"',
    ],
)
def test_what_is_no_tag_of_ours_matches_nothing(header: str) -> None:
    assert parse_condition(header) == ()


@given(st.integers(1, 10**6), moments(), st.integers(1, 2**63 - 1), words(16))
def test_a_job_s_tag_matches_it_as_it_is(number: int, at: object, version: int, nonce: str) -> None:
    stored = job(number, created=at, version=version)
    tag = Tag.of(stored, epoch="e", nonce=nonce)
    assert tag.matches(stored, epoch="e")
    assert not tag.matches(stored, epoch="f")
    assert not tag.matches(job(number, created=at, version=version + 1), epoch="e")


def test_a_fresh_nonce_never_ends_as_a_proxy_s_addition_begins() -> None:
    assert not any(new_nonce().endswith("-") for _ in range(1000))


def test_a_tag_is_fresh_for_each_reader_and_matches_all_the_same() -> None:
    one, other = (Tag.of(job(), epoch="e", nonce=nonce) for nonce in "ab")
    assert one != other
    assert one.matches(job(), epoch="e")
    assert other.matches(job(), epoch="e")


@pytest.mark.parametrize(
    "other", [job(2), job(created=NOON + timedelta(microseconds=1))], ids=["number", "time"]
)
def test_another_job_under_the_same_id_is_another_job(other: Job) -> None:
    assert identity(other) != identity(job())
    assert not Tag.of(other, epoch="e", nonce="n").matches(job(), epoch="e")
