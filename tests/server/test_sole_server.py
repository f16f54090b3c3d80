"""One server for each SQLite database, found by the commands."""

from pathlib import Path

import pytest

from schedy_server.sole_server import DatabaseTaken, only_server_on, url_of_server_on

HERE = "http://127.0.0.1:1234/"


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new/schedy.db"


def test_a_second_server_is_refused(database: str) -> None:
    with (
        only_server_on(database),
        pytest.raises(DatabaseTaken, match=r"schedy\.db already"),
        only_server_on(database),
    ):
        pass


def test_a_refused_server_does_not_disturb_the_first(database: str) -> None:
    with only_server_on(database) as announce:
        announce(HERE)
        with pytest.raises(DatabaseTaken), only_server_on(database):
            pass
        assert url_of_server_on(database) == HERE


def test_another_database_is_free(database: str) -> None:
    with only_server_on(database), only_server_on(database + "2"):
        pass


def test_after_the_first_server_there_may_be_another(database: str) -> None:
    for url in ("http://a.much.longer.url/", HERE):
        with only_server_on(database) as announce:
            assert url_of_server_on(database) is None
            announce(url)
            assert url_of_server_on(database) == url


def test_a_server_that_has_stopped_is_not_found(database: str) -> None:
    assert url_of_server_on(database) is None
    with only_server_on(database) as announce:
        announce(HERE)
    assert url_of_server_on(database) is None


def test_looking_for_a_server_does_not_keep_one_from_starting(database: str) -> None:
    with only_server_on(database):
        pass
    url_of_server_on(database)
    with only_server_on(database):
        pass


def test_postgresql_may_have_many_servers() -> None:
    with only_server_on("postgresql:///x") as announce, only_server_on("postgresql:///x"):
        announce(HERE)
        assert url_of_server_on("postgresql:///x") is None
