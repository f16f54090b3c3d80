"""Everything an operator can tune, with its default: one table, read once, then frozen.

A command-line option wins over an environment variable, that over the configuration file, that
over the default. The command line, the variables, the file's keys and the reference in the
documentation all follow from the fields of `Settings`.
"""

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import platformdirs

from schedy_server import setting_values
from schedy_server.model.errors import Invalid

_SMALLEST_BODY = 1024

ENVIRONMENT_PREFIX = "SCHEDY_SERVER_"
CONFIG_VARIABLE = ENVIRONMENT_PREFIX + "CONFIG"

ANY_HOST = "*"


class LogFormat(StrEnum):
    """What log lines look like."""

    AUTO = "auto"  # pretty on a terminal, else JSON
    JSON = "json"
    PRETTY = "pretty"


class LogLevel(StrEnum):
    """From where on events are worth a log line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _log_format(text: str) -> LogFormat:
    return LogFormat(setting_values.one_of(LogFormat, text))


def _log_level(text: str) -> LogLevel:
    return LogLevel(setting_values.one_of(LogLevel, text))


def _default_data() -> Path:
    return platformdirs.user_data_path("schedy", appauthor=False).absolute()


def _about(
    meaning: str, *, read: Callable[[str], Any], metavar: str, shown: str | None = None
) -> dict[str, Any]:
    return {"meaning": meaning, "read": read, "metavar": metavar, "shown": shown}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator can tune, with its default."""

    host: str = field(
        default="127.0.0.1",
        metadata=_about(
            "Address to listen on. 0.0.0.0 or :: lets other machines in; make an account first.",
            read=setting_values.as_is,
            metavar="ADDRESS",
        ),
    )
    port: int = field(
        default=8080,
        metadata=_about(
            "Port to listen on; 0 takes a free one and prints it.",
            read=setting_values.port,
            metavar="PORT",
        ),
    )
    data: Path = field(
        default_factory=_default_data,
        metadata=_about(
            "Folder for the database and everything else that the server keeps.",
            read=setting_values.path,
            metavar="FOLDER",
            shown="~/.local/share/schedy",
        ),
    )
    database: str = field(
        default="",
        metadata=_about(
            "Database: sqlite:////path/to/schedy.db or postgresql://user@host/name. One with a "
            "password belongs in the variable or the file: everybody can see command lines.",
            read=setting_values.as_is,
            metavar="URL",
            shown="schedy.db in the data folder",
        ),
    )
    public_url: str | None = field(
        default=None,
        metadata=_about(
            "URL at which clients reach this server, for the configuration files it makes them.",
            read=setting_values.url,
            metavar="URL",
            shown="what the request was sent to",
        ),
    )
    root_path: str = field(
        default="",
        metadata=_about(
            "Path under which a reverse proxy offers the server, whether or not it strips it.",
            read=setting_values.root_path,
            metavar="PATH",
            shown="none",
        ),
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "Addresses or networks of reverse proxies, by commas. What they say of the client's "
            "address and scheme is believed; else all clients behind one share its address, and "
            "slow each other down when they mistype a password.",
            read=setting_values.networks,
            metavar="LIST",
            shown="none",
        ),
    )
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "Names besides its own under which clients may reach the server, by commas: "
            "schedy.example.org, or *.example.org for all below; * is any.",
            read=setting_values.hosts,
            metavar="LIST",
            shown="the machine's name and addresses, and that of public_url",
        ),
    )
    insecure_http: bool = field(
        default=False,
        metadata=_about(
            "Let other machines in without HTTPS, though passwords and tokens can be read on the "
            "way. A reverse proxy that has a certificate needs trusted_proxies instead.",
            read=setting_values.switch,
            metavar="YES",
            shown="no",
        ),
    )
    tls_cert: Path | None = field(
        default=None,
        metadata=_about(
            "Certificate chain (PEM): serve HTTPS.",
            read=setting_values.path,
            metavar="FILE",
            shown="none",
        ),
    )
    tls_key: Path | None = field(
        default=None,
        metadata=_about(
            "Private key of the certificate (PEM).",
            read=setting_values.path,
            metavar="FILE",
            shown="none",
        ),
    )
    max_body: int = field(
        default=16 * 2**20,
        metadata=_about(
            "Largest request body that is taken.",
            read=setting_values.size,
            metavar="SIZE",
            shown="16MiB",
        ),
    )
    max_long_poll: timedelta = field(
        default=timedelta(seconds=60),
        metadata=_about(
            "How long at most a request for a job waits until there is one.",
            read=setting_values.duration,
            metavar="TIME",
            shown="60s",
        ),
    )
    reap_every: timedelta = field(
        default=timedelta(seconds=5),
        metadata=_about(
            "How often silent workers are looked for; at most 10s.",
            read=setting_values.duration,
            metavar="TIME",
            shown="5s",
        ),
    )
    min_free: int = field(
        default=64 * 2**20,
        metadata=_about(
            "With less room than this on the disk of an SQLite database, or than a twentieth of it "
            "(1GiB at most), no jobs are handed out or added; with less than half of it, only ends "
            "of jobs are taken.",
            read=setting_values.size,
            metavar="SIZE",
            shown="64MiB",
        ),
    )
    ballast: int = field(
        default=64 * 2**20,
        metadata=_about(
            "Room kept back beside an SQLite database, for the ends of jobs once the disk is full; "
            "0 for none.",
            read=setting_values.size,
            metavar="SIZE",
            shown="64MiB",
        ),
    )
    allow_network_disk: bool = field(
        default=False,
        metadata=_about(
            "Whether the SQLite database may lie on a network file system, where locks often do "
            "not work and it may be damaged.",
            read=setting_values.switch,
            metavar="YES",
            shown="no",
        ),
    )
    keep_refused: timedelta = field(
        default=timedelta(days=30),
        metadata=_about(
            "How long results are kept that came too late, or could not be applied.",
            read=setting_values.duration,
            metavar="TIME",
            shown="30d",
        ),
    )
    keep_answers: timedelta = field(
        default=timedelta(days=7),
        metadata=_about(
            "How long a request with an idempotency key may be repeated; at least an hour.",
            read=setting_values.duration,
            metavar="TIME",
            shown="7d",
        ),
    )
    max_connections: int = field(
        default=5000,
        metadata=_about(
            "How many connections are served at once. Each worker has one or two; of those beyond, "
            "only the ones with a job are served.",
            read=setting_values.count,
            metavar="NUMBER",
        ),
    )
    token_lifetime: timedelta = field(
        default=timedelta(hours=1),
        metadata=_about(
            "After how long clients sign in again, by themselves; at least a minute.",
            read=setting_values.duration,
            metavar="TIME",
            shown="1h",
        ),
    )
    log_format: LogFormat = field(
        default=LogFormat.AUTO,
        metadata=_about(
            "Look of the log lines on standard error: json, pretty, or auto: pretty on a terminal.",
            read=_log_format,
            metavar="FORMAT",
        ),
    )
    log_level: LogLevel = field(
        default=LogLevel.INFO,
        metadata=_about(
            "Least important events to log: debug, info, warning or error.",
            read=_log_level,
            metavar="LEVEL",
        ),
    )

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise Invalid("HTTPS needs both: the certificate (tls_cert) and its key (tls_key).")
        if self.max_body < _SMALLEST_BODY:
            raise Invalid("max_body has to be 1KiB at least: signing in takes a body, too.")
        if self.token_lifetime < timedelta(minutes=1):
            raise Invalid("token_lifetime is too short: clients would sign in all the time.")
        if not timedelta(milliseconds=10) <= self.reap_every <= timedelta(seconds=10):
            raise Invalid("reap_every has to be from 10 milliseconds to 10 seconds.")
        if self.keep_answers < timedelta(hours=1):
            raise Invalid("keep_answers has to be an hour at least: clients repeat requests.")
        if not self.database:
            # A frozen value completes itself: from here on, nobody needs to know the rule.
            file = quote(str(self.data / "schedy.db"))
            object.__setattr__(self, "database", f"sqlite:///{file}")

    @classmethod
    def load(cls, options: Mapping[str, str | None], environ: Mapping[str, str]) -> Self:
        """Return the settings from all their sources.

        Args:
            options: What the command line says, by name; None is what it does not say. `config`
                names the configuration file.
            environ: The environment variables.

        Raises:
            Invalid: Something is not understood; the message says what, and where it stands.
        """
        file = options.get("config") or environ.get(CONFIG_VARIABLE)
        given = _from_file(setting_values.path(file)) if file else {}
        for option in OPTIONS:
            text = options.get(option.name)
            if text is not None:
                given[option.name] = option.parse(text, option.flag)
            elif text := _variable(option, environ):
                given[option.name] = option.parse(text, option.variable)
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to tune, as the command line and the documentation describe it.

    Attributes:
        shown: The default, in words where it is no constant.
    """

    name: str
    metavar: str
    shown: str
    meaning: str
    read: Callable[[str], Any]

    @property
    def flag(self) -> str:
        """The command-line option, e.g. `--max-body`."""
        return "--" + self.name.replace("_", "-")

    @property
    def is_switch(self) -> bool:
        """Whether the command-line option alone says yes."""
        return self.read is setting_values.switch

    @property
    def variable(self) -> str:
        """The environment variable, e.g. `SCHEDY_SERVER_MAX_BODY`."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    def parse(self, text: str, place: str) -> Any:
        """Return the value that a text means.

        Raises:
            Invalid: It means none; the message names the place.
        """
        try:
            return self.read(text)
        except ValueError as error:
            raise Invalid(f"{place}: {error}, not {text!r}") from error


OPTIONS: tuple[Option, ...] = tuple(
    Option(
        name=each.name,
        metavar=each.metadata["metavar"],
        shown=each.metadata["shown"] or str(each.default),
        meaning=each.metadata["meaning"],
        read=each.metadata["read"],
    )
    for each in dataclasses.fields(Settings)
)


def _variable(option: Option, environ: Mapping[str, str]) -> str | None:
    text = environ.get(option.variable)
    if option.name == "port" and text and text.startswith("tcp://"):
        return None  # Kubernetes sets this one for every service that is called schedy-server
    return text


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Invalid(f"can't read the configuration file {path}: {error.strerror}") from error
    except ValueError as error:
        raise Invalid(f"{path} is no TOML file: {error}") from error
    by_name = {option.name: option for option in OPTIONS}
    if unknown := sorted(content.keys() - by_name.keys()):
        raise Invalid(f"{path}: there is no setting {unknown[0]!r}")
    return {
        name: by_name[name].parse(_as_text(value), f"{path}, {name}")
        for name, value in content.items()
    }


def _as_text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
