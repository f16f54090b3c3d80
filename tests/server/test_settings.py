"""Settings: where they come from, which wins, and what is refused."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.errors import Invalid
from schedy_server.setting_values import duration
from schedy_server.settings import OPTIONS, LogFormat, LogLevel, Settings

# For every setting: a text, and what it means.
EXAMPLES: dict[str, tuple[str, Any]] = {
    "host": ("0.0.0.0", "0.0.0.0"),  # noqa: S104 - nothing listens there
    "port": ("9000", 9000),
    "data": ("/srv/schedy", Path("/srv/schedy")),
    "database": ("postgresql:///x", "postgresql:///x"),
    "public_url": ("https://x.org/s", "https://x.org/s/"),
    "root_path": ("s/", "/s"),
    "trusted_proxies": ("10.0.0.0/8, ::1", ("10.0.0.0/8", "::1")),
    "allowed_hosts": ("a.org, *.B.org", ("a.org", "*.b.org")),
    "insecure_http": ("Yes", True),
    "tls_cert": ("/c.pem", Path("/c.pem")),
    "tls_key": ("/k.pem", Path("/k.pem")),
    "max_body": ("2 MiB", 2 * 1024**2),
    "max_long_poll": ("0", timedelta(0)),
    "reap_every": ("1s", timedelta(seconds=1)),
    "min_free": ("1GiB", 1024**3),
    "ballast": ("0", 0),
    "allow_network_disk": ("yes", True),
    "keep_refused": ("90d", timedelta(days=90)),
    "keep_answers": ("2d", timedelta(days=2)),
    "max_connections": ("50", 50),
    "token_lifetime": ("1d", timedelta(days=1)),
    "log_format": ("json", LogFormat.JSON),
    "log_level": ("debug", LogLevel.DEBUG),
}
ALL = Settings(**{name: value for name, (_, value) in EXAMPLES.items()})


def variables(**texts: str) -> dict[str, str]:
    return {f"SCHEDY_SERVER_{name.upper()}": text for name, text in texts.items()}


def refused(**options: str) -> str:
    with pytest.raises(Invalid) as refusal:
        Settings.load(options, {})
    return str(refusal.value)


def test_every_setting_has_an_example_here() -> None:
    assert [option.name for option in OPTIONS] == list(EXAMPLES)


def test_every_example_differs_from_the_default() -> None:
    for field in dataclasses.fields(Settings):
        assert getattr(ALL, field.name) != getattr(Settings(), field.name)


def test_every_setting_can_be_an_option() -> None:
    assert Settings.load({name: text for name, (text, _) in EXAMPLES.items()}, {}) == ALL


def test_every_setting_can_be_a_variable() -> None:
    assert Settings.load({}, variables(**{n: text for n, (text, _) in EXAMPLES.items()})) == ALL


def test_every_setting_can_be_a_line_of_a_file(tmp_path: Path) -> None:
    lines = [f'{name} = "{text}"' for name, (text, _) in EXAMPLES.items()]
    file = tmp_path / "schedy.toml"
    file.write_text("\n".join(lines))
    assert Settings.load({"config": str(file)}, {}) == ALL
    assert Settings.load({}, {"SCHEDY_SERVER_CONFIG": str(file)}) == ALL


def test_a_file_may_use_the_types_of_toml(tmp_path: Path) -> None:
    file = tmp_path / "schedy.toml"
    file.write_text('port = 1\nmax_long_poll = 1.5\ntrusted_proxies = ["10.0.0.1", "::1"]')
    settings = Settings.load({"config": str(file)}, {})
    assert (settings.port, settings.max_long_poll) == (1, timedelta(seconds=1.5))
    assert settings.trusted_proxies == ("10.0.0.1", "::1")


def test_options_win_over_variables_and_those_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "schedy.toml"
    file.write_text("port = 1\nhost = 'file'\nmax_body = 2000")
    environ = variables(port="2", host="variable")
    settings = Settings.load({"config": str(file), "port": "3"}, environ)
    assert (settings.port, settings.host, settings.max_body) == (3, "variable", 2000)


def test_an_empty_variable_says_nothing() -> None:
    assert Settings.load({}, variables(port="", host="")) == Settings()


def test_what_kubernetes_says_of_a_service_is_not_our_port() -> None:
    assert Settings.load({}, variables(port="tcp://10.0.0.1:80")).port == 8080


def test_the_database_lies_in_the_data_folder() -> None:
    settings = Settings(data=Path("/a folder/100%"))
    assert settings.database == "sqlite:////a%20folder/100%25/schedy.db"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("port", text) for text in ("-1", "65536", "http", "1.5", "")),
        *(("max_long_poll", text) for text in ("-1", "1w", "soon", "1e9", "nan")),
        *(("max_body", text) for text in ("-1", "1MB", "much")),
        *(("public_url", text) for text in ("x.org", "ftp://x.org", "http://", "http://x/?a=b")),
        *(("trusted_proxies", text) for text in ("proxy.lab", "10.0.0.1/8")),
        ("log_format", "xml"),
        ("log_level", "loud"),
        ("data", ""),
    ],
)
def test_a_wrong_text_is_refused_with_its_place(name: str, text: str) -> None:
    flag = f"--{name.replace('_', '-')}"
    assert refused(**{name: text}).startswith(f"{flag}: ")


def test_what_may_be_written_is_said() -> None:
    assert refused(log_format="xml") == "--log-format: write auto, json or pretty, not 'xml'"
    assert "networks (10.0.0.0/8), not 'proxy.lab'" in refused(trusted_proxies="proxy.lab")


def test_nobody_could_sign_in_where_no_body_is_taken() -> None:
    assert refused(max_body="0").startswith("max_body has to be 1KiB at least")


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(Invalid, match="SCHEDY_SERVER_PORT"):
        Settings.load({}, variables(port="x"))


@pytest.mark.parametrize(
    ("content", "said"),
    [("prot = 1", "'prot'"), ("port = ", "no TOML"), ("port = 'x'", "port: a port is")],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "schedy.toml"
    file.write_text(content)
    message = refused(config=str(file))
    assert str(file) in message
    assert said in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "No such file" in refused(config=str(tmp_path / "none.toml"))


def test_half_a_certificate_is_refused() -> None:
    assert "tls_key" in refused(tls_cert="/c.pem")


def test_sessions_last_for_a_minute_at_least() -> None:
    assert "token_lifetime" in refused(token_lifetime="59")  # noqa: S106 - a time


@given(st.integers(0, 10**6), st.sampled_from([("s", 1), ("m", 60), ("h", 3600), ("d", 86400)]))
def test_durations_have_units(count: int, unit: tuple[str, int]) -> None:
    letter, seconds = unit
    assert duration(f"{count}{letter}") == timedelta(seconds=count * seconds)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_setting_is_explained(option: Any) -> None:
    assert option.meaning.endswith(".")
    assert option.shown
    assert option.metavar.isupper()
