from typing import Any

import pytest

from schedy.errors import UnhandledResponseError
from schedy.pagination import items
from tests.client.peer import Peer, reply


def listed(peer: Peer, **query: Any) -> list[Any]:
    return list(items(peer.connection(), "things/", query))


def test_pages_follow_one_another(peer: Peer) -> None:
    peer.will(reply(200, {"items": [1, 2], "next": "a b&c/é"}), reply(200, {"items": [3]}))
    assert listed(peer) == [1, 2, 3]
    assert [each.path for each in peer.seen] == ["/things/", "/things/?start=a+b%26c%2F%C3%A9"]


def test_a_token_may_be_a_number(peer: Peer) -> None:
    peer.will(reply(200, {"items": [1], "next": 0}), reply(200, {"items": [2], "next": None}))
    assert listed(peer) == [1, 2]
    assert peer.seen[1].path == "/things/?start=0"


def test_every_page_is_asked_the_same(peer: Peer) -> None:
    peer.will(reply(200, {"items": [1], "next": "x"}), reply(200, {"items": [2]}))
    listed(peer, status=["DONE", "RUNNING"], limit=5)
    query = "status=DONE&status=RUNNING&limit=5"
    assert [each.path for each in peer.seen] == [f"/things/?{query}", f"/things/?{query}&start=x"]


def test_a_page_is_asked_for_when_it_is_needed(peer: Peer) -> None:
    peer.will(reply(200, {"items": [1, 2], "next": "x"}))
    found = items(peer.connection(), "things/")
    assert [next(found), next(found)] == [1, 2]
    assert len(peer.seen) == 1


def test_an_empty_page_is_the_last(peer: Peer) -> None:
    peer.will(reply(200, {"items": [], "next": "x"}))
    assert listed(peer) == []


@pytest.mark.parametrize("page", [None, [], {}, {"items": None}, {"items": {}}])
def test_what_is_no_page_makes_no_sense(peer: Peer, page: Any) -> None:
    peer.will(reply(200, "null" if page is None else page))
    with pytest.raises(UnhandledResponseError, match="no page"):
        listed(peer)
