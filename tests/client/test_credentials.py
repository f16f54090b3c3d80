import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from schedy.credentials import (
    Configuration,
    ConfigurationError,
    Session,
    date_of,
    default_path,
    load_configuration,
    write_configuration,
)

FULL = {"root": "https://schedy.example.org/", "email": "ada@example.org", "token": "sdy_1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "client.json"
    path.write_text(json.dumps({**FULL, "future": True}))
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def load(source: Any = None, override: Any = None, **environ: str) -> Configuration:
    return load_configuration(source, override, environ)


def test_a_file_says_everything(path: Path) -> None:
    assert load(path) == load(str(path)) == Configuration(**FULL)


def test_the_file_may_be_open_already(path: Path) -> None:
    assert load(io.StringIO(path.read_text())) == load(io.BytesIO(path.read_bytes())) == load(path)


def test_by_default_it_is_in_the_home_folder(home: Path) -> None:
    write_configuration(Configuration(**FULL))
    assert load() == Configuration(**FULL)
    assert default_path() == home / ".schedy" / "client.json"


def test_variables_override_the_file(path: Path) -> None:
    assert load(path, SCHEDY_EMAIL="bob@example.org").email == "bob@example.org"


def test_what_the_script_says_overrides_both(path: Path) -> None:
    assert load(path, {"email": "eve@example.org"}, SCHEDY_EMAIL="bob").email == "eve@example.org"


def test_an_empty_variable_says_nothing(path: Path) -> None:
    assert load(path, SCHEDY_EMAIL="").email == "ada@example.org"


def test_variables_are_enough(home: Path) -> None:
    found = load(SCHEDY_ROOT="http://x", SCHEDY_EMAIL="a", SCHEDY_TOKEN="t")  # noqa: S106 - made up
    assert (found.root, found.email, found.token) == ("http://x/", "a", "t")


def test_a_file_that_is_not_needed_is_not_read() -> None:
    assert load("/nowhere/client.json", FULL) == Configuration(**FULL)


def test_the_kind_of_a_token_comes_from_where_the_token_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(json.dumps({**FULL, "token_type": "password"}))
    assert load(path).token_type == "password"  # noqa: S105 - a kind
    assert load(path, SCHEDY_TOKEN="t").token_type == "api_token"  # noqa: S105, S106 - a kind


def test_a_missing_file_says_what_to_do(home: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"client\.json.*SCHEDY_ROOT.*schedy login"):
        load()


@pytest.mark.parametrize("name", ["root", "email", "token"])
def test_what_is_missing_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "client.json"
    path.write_text(json.dumps({key: value for key, value in FULL.items() if key != name}))
    with pytest.raises(ConfigurationError, match=f"{name} is missing.*SCHEDY_{name.upper()}"):
        load(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\ufeff{}"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "client.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"client\.json"):
        load(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Can't read"):
        load(tmp_path)


@pytest.mark.parametrize(
    "root",
    [
        "schedy.example.org",
        "ftp://x/",
        "http://",
        "http://x:port/",
        "http://x/?a=1",
        "http://x/#y",
        7,
    ],
)
def test_the_root_has_to_be_the_address_of_a_server(root: Any) -> None:
    with pytest.raises(ConfigurationError, match="root"):
        Configuration(root, "a", "t")


def test_a_password_in_the_root_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Configuration("https://ada:tea@example.org/", "a", "t")
    assert "tea" not in str(caught.value)


@pytest.mark.parametrize("field", ["email", "token"])
@pytest.mark.parametrize("value", ["", None, 5])
def test_email_and_token_have_to_be_text(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=field):
        Configuration(**{**FULL, field: value})


def test_a_kind_of_token_that_nobody_knows_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="token_type has to be api_token or password"):
        Configuration(**FULL, token_type="magic")  # noqa: S106 - a kind


def test_a_written_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = write_configuration(Configuration(**FULL), tmp_path / "new" / "client.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load(path) == Configuration(**FULL)


def test_writing_replaces_the_file_as_a_whole(path: Path) -> None:
    path.chmod(0o644)
    write_configuration(Configuration("http://new/", "a", "t"), path)
    assert load(path).root == "http://new/"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["client.json"]


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    write_configuration(Configuration("http://new/", "a", "t"), link)
    assert link.is_symlink()
    assert load(path).root == "http://new/"


def test_the_token_is_not_shown() -> None:
    assert "sdy_1" not in repr(Configuration(**FULL))
    assert "jwt" not in repr(Session("jwt", 5.0))


def test_a_session_counts_its_life_from_the_server_s_clock() -> None:
    # One minute before the end of an hour; 95 % of a minute.
    answer = {"token": "t", "expiresAt": 5_003_600}
    assert Session.from_answer(answer, received=5_000_000, now=10).renew_at == 10 + 3540
    assert Session.from_answer(answer, received=5_003_540, now=10).renew_at == 10 + 57


def test_a_server_that_does_not_tell_the_time_has_ours() -> None:
    assert date_of("Thu, 01 Jan 1970 00:00:09 GMT", 5.0) == 9
    assert [date_of(header, 5.0) for header in (None, "", "noon")] == [5.0] * 3
