"""A database URL means one database, or an error that says what to write instead."""

import subprocess
import sys

import pytest

from schedy_server.model.errors import Invalid
from schedy_server.storage.opening import dialect_of, migrate_database, open_storage, sqlite_path

WITHOUT_DRIVER = """
import sys
sys.modules["psycopg"] = None
from schedy_server.storage.opening import open_storage
open_storage("postgresql://localhost/schedy")
"""


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///a.db", "a.db"), ("sqlite:////srv/a.db", "/srv/a.db"), ("sqlite:///%41", "A")],
)
def test_a_file_is_relative_or_absolute(url: str, path: str) -> None:
    assert (dialect_of(url), str(sqlite_path(url))) == ("sqlite", path)


@pytest.mark.parametrize("url", ["postgres://h/x", "postgresql://h/x", "postgresql:///x"])
def test_postgresql_goes_by_two_names(url: str) -> None:
    assert dialect_of(url) == "postgres"


@pytest.mark.parametrize("url", ["", "schedy.db", "mysql://u:secret@h/x", "u:secret@h", "[secret"])
def test_anything_else_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(Invalid, match="has to start with sqlite:/// or postgresql://") as raised:
        open_storage(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["sqlite:", "sqlite://", "sqlite:///", "sqlite://host/x.db"])
def test_a_url_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="names no file"):
        migrate_database(url)


def test_without_its_driver_postgresql_says_how_to_get_it() -> None:
    command = [sys.executable, "-c", WITHOUT_DRIVER]
    ended = subprocess.run(command, capture_output=True, check=False, text=True)
    assert "pip install 'schedy[server,postgres]'" in ended.stderr
