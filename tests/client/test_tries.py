import logging
import threading
from typing import Any

import pytest

from schedy import errors
from tests.client.peer import Peer, Step, cut_short, drop, late, reply, silence


@pytest.mark.parametrize(
    "trouble", [drop, cut_short, reply(429), reply(500), reply(502), reply(503)]
)
def test_trouble_passes(peer: Peer, trouble: Step) -> None:
    peer.will(trouble, trouble, reply(200, {"fine": True}))
    assert peer.connection().request("GET", "me/").json() == {"fine": True}
    assert len(peer.seen) == 3


def test_each_try_is_the_same_request(peer: Peer) -> None:
    peer.will(drop, reply(503), reply(200))
    peer.connection().request("POST", "x/", {"a": 1}, headers={"Idempotency-Key": "k"})
    assert len({(each.path, each.body, each.headers["Idempotency-Key"]) for each in peer.seen}) == 1
    assert len(peer.seen) == 3


def test_an_answer_that_does_not_come_in_time_is_asked_for_again(peer: Peer) -> None:
    peer.will(silence, reply(200))
    peer.connection(timeout=0.05).request("GET", "me/")
    assert len(peer.seen) == 2


def test_a_long_poll_may_take_longer(peer: Peer) -> None:
    arrived = threading.Event()
    threading.Timer(0.2, peer.released.set).start()
    peer.will(late(arrived, reply(200)))
    peer.connection(timeout=0.05).request("GET", "me/", wait=5)
    assert len(peer.seen) == 1


def test_the_server_says_how_long_to_leave_it_alone(peer: Peer) -> None:
    peer.will(reply(503, Retry_After="7"), reply(429, Retry_After="9"), reply(200))
    peer.connection().request("GET", "me/")
    assert peer.clock.pauses == [7, 9]


def test_a_pause_beyond_its_patience_is_an_error_now(peer: Peer) -> None:
    peer.will(reply(429, "Too many logins.", Retry_After="3600"))
    with pytest.raises(errors.ClientRequestError, match="Too many logins"):
        peer.connection().request("GET", "me/")
    assert peer.clock.pauses == []


def test_a_server_in_trouble_for_too_long_is_a_server_error(peer: Peer) -> None:
    peer.will(*[reply(503, "The disk is full.")] * 100)
    with pytest.raises(errors.ServerError, match="The disk is full"):
        peer.connection().request("GET", "me/")
    assert sum(peer.clock.pauses) == pytest.approx(300)


def test_a_server_that_is_gone_is_unreachable(peer: Peer) -> None:
    connection = peer.connection(patience=60)
    peer.stop()
    with pytest.raises(errors.ServerUnreachable) as caught:
        connection.request("GET", "me/")
    message = str(caught.value)
    assert f"{peer.root}token/" in message
    assert "Connection refused (tried" in message
    assert "in 60 seconds" in message
    assert "schedy login" in message


def test_without_patience_it_is_tried_once(peer: Peer) -> None:
    peer.will(drop)
    with pytest.raises(errors.ServerUnreachable, match="tried once"):
        peer.connection(patience=0).request("GET", "me/")
    assert len(peer.seen) == 1


@pytest.mark.parametrize("trouble", [drop, cut_short, reply(500), reply(503)])
def test_what_may_not_be_done_twice_is_not_sent_twice(peer: Peer, trouble: Step) -> None:
    peer.will(trouble)
    with pytest.raises(errors.SchedyError):
        peer.connection().request("POST", "tokens/", {}, repeatable=False)
    assert len(peer.seen) == 1


def test_what_was_surely_not_done_may_be_sent_again(peer: Peer) -> None:
    peer.will(reply(429), reply(201))
    peer.connection().request("POST", "tokens/", {}, repeatable=False)
    assert len(peer.seen) == 2


def test_whoever_waits_is_told_why_and_only_once(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.will(*[reply(503, "Starting.")] * 8, reply(200))
    with caplog.at_level(logging.WARNING, "schedy"):
        peer.connection().request("GET", "me/")
    [said] = caplog.messages
    assert peer.root in said
    assert "Starting." in said


def test_a_short_interruption_is_not_worth_a_word(peer: Peer, caplog: Any) -> None:
    peer.will(drop, drop, reply(200))
    peer.connection().request("GET", "me/")
    assert caplog.messages == []
