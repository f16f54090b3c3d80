import json
from pathlib import Path

import pytest

import schedy
from schedy import ManualSearch, SchedyDB, core, errors
from tests.client.peer import Peer, drop, reply


@pytest.fixture
def scripted(peer: Peer) -> SchedyDB:
    return SchedyDB(config_override={"root": peer.root, "email": "ada", "token": "sdy_secret"})


def test_the_names_of_2018_are_where_they_were() -> None:
    assert core.NUM_AUTH_RETRIES == 2
    assert schedy.SchedyDB is core.SchedyDB
    assert ManualSearch.__module__ == "schedy.experiments"
    assert schedy.Job.__module__ == "schedy.jobs"


def test_the_configuration_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(json.dumps({"root": "http://x/api", "email": "ada", "token": "sdy_secret"}))
    assert repr(SchedyDB(path)) == "SchedyDB(root='http://x/api/', email='ada')"


def test_adding_says_that_it_must_be_new(peer: Peer, scripted: SchedyDB) -> None:
    peer.will(drop, reply(204))
    scripted.add_experiment(ManualSearch("a/b"))
    assert [(each.path, each.headers["If-None-Match"]) for each in peer.seen] == [
        ("/experiments/a%2Fb/", "*")
    ] * 2
    assert len({each.headers["Idempotency-Key"] for each in peer.seen}) == 1


def test_what_exists_is_not_added(peer: Peer, scripted: SchedyDB) -> None:
    peer.will(reply(412, "There is one."))
    with pytest.raises(errors.ResourceExistsError, match="There is one") as caught:
        scripted.add_experiment(ManualSearch("a"))
    assert caught.value.code == 412


def test_what_was_added_by_a_faster_worker_is_taken(peer: Peer, scripted: SchedyDB) -> None:
    theirs = {"name": "a", "status": "DONE", "scheduler": {"Manual": None}}
    peer.will(reply(412), reply(200, theirs))
    assert scripted.get_or_add_experiment(ManualSearch("a")).status == "DONE"


def test_what_is_new_is_added_and_returned(peer: Peer, scripted: SchedyDB) -> None:
    peer.will(reply(201))
    mine = ManualSearch("a")
    assert scripted.get_or_add_experiment(mine) is mine


def test_what_is_not_there_is_an_error(peer: Peer, scripted: SchedyDB) -> None:
    peer.will(reply(404, "There is no experiment 'a'."))
    with pytest.raises(errors.ClientRequestError, match="no experiment 'a'"):
        scripted.get_experiment("a")


def test_a_name_that_a_url_can_not_hold_is_refused(scripted: SchedyDB) -> None:
    with pytest.raises(errors.ClientError, match="can't be a name"):
        scripted.get_experiment("..")
