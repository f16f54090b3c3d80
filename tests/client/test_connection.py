import pickle
import threading
from string import ascii_letters, digits
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy import errors
from schedy.connection import segment
from schedy.credentials import PASSWORD
from tests.client.peer import Peer, cut_short, drop, reply, session


def test_it_logs_in_once_and_shows_its_token_in_each_request(peer: Peer) -> None:
    peer.will(reply(200, {}), reply(200, {}))
    connection = peer.connection()
    connection.request("GET", "me/")
    connection.request("GET", "me/")
    assert [each.json() for each in peer.logged_in] == [
        {"email": "ada@example.org", "token": "sdy_secret"}
    ]
    assert {each.headers["Authorization"] for each in peer.seen} == {"Bearer jwt-1"}


def test_a_password_goes_through_another_door(peer: Peer) -> None:
    peer.will(reply(200, {}))
    peer.connection(token_type=PASSWORD).request("GET", "me/")
    assert peer.logged_in[0].path == "/passauth/"


def test_a_refused_token_is_thrown_away_and_replaced(peer: Peer) -> None:
    peer.will(reply(401, "expired"), reply(200, {"fine": True}))
    assert peer.connection().request("GET", "me/").json() == {"fine": True}
    assert [each.headers["Authorization"] for each in peer.seen] == ["Bearer jwt-1", "Bearer jwt-2"]


def test_a_fresh_token_that_is_refused_ends_it(peer: Peer) -> None:
    peer.will(reply(401, "no"), reply(401, "no"))
    with pytest.raises(errors.ReauthenticateError, match="no"):
        peer.connection().request("GET", "me/")
    assert len(peer.seen) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials_say_what_to_do(peer: Peer, status: int) -> None:
    peer.logins.append(reply(status, "Wrong email or token."))
    with pytest.raises(errors.AuthenticationError) as caught:
        peer.connection().request("GET", "me/")
    assert "Wrong email or token." in str(caught.value)
    assert "schedy login" in str(caught.value)
    assert "sdy_secret" not in str(caught.value)


def test_a_token_is_renewed_shortly_before_it_ends(peer: Peer) -> None:
    date = {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    peer.logins.append(reply(200, {"token": "short", "expiresAt": 1000}, **date))
    peer.will(reply(200, {}), reply(200, {}), reply(200, {}))
    connection = peer.connection()
    connection.request("GET", "me/")
    peer.clock.now += 949
    connection.request("GET", "me/")
    peer.clock.now += 2
    connection.request("GET", "me/")
    used = [each.headers["Authorization"] for each in peer.seen]
    assert used == ["Bearer short", "Bearer short", "Bearer jwt-2"]


@pytest.mark.parametrize("answer", [{}, {"token": "x"}, {"token": 1, "expiresAt": 5}, [], "text"])
def test_a_login_without_a_token_makes_no_sense(peer: Peer, answer: Any) -> None:
    peer.logins.append(reply(200, answer))
    with pytest.raises(errors.UnhandledResponseError):
        peer.connection().request("GET", "me/")


def test_many_threads_share_one_login(peer: Peer) -> None:
    peer.will(*[reply(200, {})] * 8)
    connection = peer.connection()
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait(10)
        connection.request("GET", "me/")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(peer.logged_in), len(peer.seen)) == (1, 8)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ClientRequestError),
        (403, errors.AuthenticationError),
        (404, errors.ClientRequestError),
        (409, errors.ClientRequestError),
        (412, errors.UnsafeUpdateError),
        (428, errors.ClientRequestError),
        (501, errors.ServerError),
        (202, errors.UnhandledResponseError),
        (206, errors.UnhandledResponseError),
    ],
)
def test_a_refusal_becomes_the_error_that_means_it(
    peer: Peer, status: int, kind: type[errors.HTTPError]
) -> None:
    peer.will(reply(status, "Because."))
    with pytest.raises(errors.HTTPError) as caught:
        peer.connection().request("GET", "me/")
    assert (type(caught.value), caught.value.code) == (kind, status)
    assert "Because." in caught.value.body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirections_are_not_followed(peer: Peer, status: int) -> None:
    peer.will(reply(status, Location="https://elsewhere.example.org/"))
    with pytest.raises(errors.UnhandledResponseError, match=r"elsewhere\.example\.org"):
        peer.connection().request("PUT", "experiments/a/", {})
    assert len(peer.seen) == 1


@pytest.mark.parametrize("body", ["", "<html>", '{"cut', b"\xff\xfe", "[" * 100_000])
def test_an_answer_that_is_no_json_says_so(peer: Peer, body: Any) -> None:
    peer.will(reply(200, body))
    answer = peer.connection().request("GET", "me/")
    with pytest.raises(errors.UnhandledResponseError, match="Is this a Schedy server"):
        answer.json()


def test_pages_of_a_proxy_are_read_as_text(peer: Peer) -> None:
    page = "<html><style>b {}</style><body><h1>404</h1>No such\n host</body></html>"
    peer.will(reply(404, page, Content_Type="text/html"))
    with pytest.raises(errors.ClientRequestError) as caught:
        peer.connection().request("GET", "me/")
    assert caught.value.body == "404 No such host"


def test_the_root_may_have_a_path(peer: Peer) -> None:
    peer.prefix = "/lab/api/"
    peer.will(reply(200, {}))
    peer.connection().request("GET", "me/")
    assert peer.logged_in[0].path == "/lab/api/token/"
    assert peer.seen[0].path == "/lab/api/me/"


def test_a_deletion_that_was_done_before_its_answer_got_lost_is_done(peer: Peer) -> None:
    peer.will(drop, reply(412, "There is none."))
    peer.connection().delete("experiments/a/", ensure=True)
    assert [each.headers["If-Match"] for each in peer.seen] == ["*", "*"]


def test_a_deletion_of_what_was_never_there_is_refused(peer: Peer) -> None:
    peer.will(reply(412, "There is none."))
    with pytest.raises(errors.UnsafeUpdateError):
        peer.connection().delete("experiments/a/", ensure=True)


def test_after_a_pause_that_the_server_asked_for_a_deletion_is_as_strict(peer: Peer) -> None:
    peer.will(reply(429, "Slow down.", Retry_After="1"), reply(412, "There is none."))
    with pytest.raises(errors.UnsafeUpdateError):
        peer.connection().delete("experiments/a/", ensure=True)


@pytest.mark.parametrize("status", [204, 404, 412])
def test_a_deletion_that_does_not_insist_is_content_with_nothing(peer: Peer, status: int) -> None:
    peer.will(reply(status))
    peer.connection().delete("experiments/a/", ensure=False)
    assert "If-Match" not in peer.seen[0].headers


def test_what_is_large_comes_in_pieces(peer: Peer) -> None:
    peer.will(drop, reply(200, "x" * 1_000_000), reply(200))
    connection = peer.connection()
    pieces = list(connection.stream("export/"))
    connection.request("GET", "me/")
    assert len(pieces) > 1
    assert b"".join(pieces) == b"x" * 1_000_000
    assert peer.seen[1].sender == peer.seen[2].sender


def test_what_breaks_off_is_not_taken_for_the_whole(peer: Peer) -> None:
    peer.will(cut_short, reply(200))
    connection = peer.connection()
    with pytest.raises(errors.ServerUnreachable, match=r"broke off.*incomplete"):
        list(connection.stream("export/"))
    connection.request("GET", "me/")


def test_a_reader_who_stops_early_leaves_the_connection_to_nobody(peer: Peer) -> None:
    peer.will(reply(200, "x" * 1_000_000), reply(200, {"fine": True}))
    connection = peer.connection()
    next(pieces := connection.stream("export/"))
    pieces.close()
    assert connection.request("GET", "me/").json() == {"fine": True}


def test_a_stream_that_is_refused_is_refused_at_once(peer: Peer) -> None:
    peer.will(reply(404, "There is no experiment 'x'."))
    with pytest.raises(errors.ClientRequestError, match="no experiment"):
        peer.connection().stream("export/")


def test_a_copy_in_another_process_logs_in_by_itself(peer: Peer) -> None:
    peer.will(reply(200, {}), reply(200, {}))
    connection = peer.connection()
    connection.request("GET", "me/")
    copy = pickle.loads(pickle.dumps(connection))  # noqa: S301 - our own
    copy.request("GET", "me/")
    assert len(peer.logged_in) == 2


def test_secrets_are_never_shown(peer: Peer) -> None:
    peer.logins.append(session(77))
    peer.will(reply(200, {}))
    connection = peer.connection()
    connection.request("GET", "me/")
    shown = f"{connection!r} {connection._login!r} {connection.configuration}"
    assert "sdy_secret" not in shown
    assert "jwt-77" not in shown


@pytest.mark.parametrize("name", [None, 7, b"mnist"])
def test_a_name_is_text(name: Any) -> None:
    with pytest.raises(TypeError, match="a name is text, not"):
        segment(name)


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda name: name.strip(".")))
def test_a_name_stays_one_segment_and_comes_back_unchanged(name: str) -> None:
    quoted = segment(name)
    assert set(quoted) <= set(f"{ascii_letters}{digits}_.-~%")
    assert unquote(quoted) == name


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
def test_names_that_a_url_can_not_hold_are_refused_here(name: str) -> None:
    with pytest.raises(errors.ClientError, match="can't be a name"):
        segment(name)


def test_a_slash_and_what_looks_like_one_are_three_names() -> None:
    assert [segment(name) for name in ("a/b", "a%2Fb", "a+b c")] == [
        "a%2Fb",
        "a%252Fb",
        "a%2Bb%20c",
    ]
