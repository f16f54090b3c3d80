"""Who asks whom: the configuration file, the environment, and sessions that renew themselves."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from schedy.errors import SchedyError, UnhandledResponseError

__all__ = [
    "API_TOKEN",
    "PASSWORD",
    "Configuration",
    "ConfigurationError",
    "ConfigurationFile",
    "Session",
    "default_path",
    "load_configuration",
    "wanted_patience",
    "write_configuration",
]

API_TOKEN = "api_token"  # noqa: S105 - a kind, not a secret
PASSWORD = "password"  # noqa: S105 - a kind, not a secret

_REQUIRED = ("root", "email", "token")
_VARIABLES: Mapping[str, str] = {
    "root": "SCHEDY_ROOT",
    "email": "SCHEDY_EMAIL",
    "token": "SCHEDY_TOKEN",
    "token_type": "SCHEDY_TOKEN_TYPE",
}
_PATIENCE, _FINAL_PATIENCE = 300.0, 3600.0  # seconds
_HOW_TO = "`schedy login` asks for what is needed and stores it."


class ConfigurationError(SchedyError, ValueError):
    """Something that is needed to reach the server is missing or makes no sense."""


class ConfigurationFile(Protocol):
    """An open configuration file."""

    def read(self) -> str | bytes:
        """Return all of it."""
        ...


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where the server is, and who asks.

    Attributes:
        root: The server's URL; it may hold a path. It ends with a slash.
        token: An API token, or the password where `token_type` says so. Never shown.
        token_type: `"api_token"` or `"password"`.
    """

    root: str
    email: str
    token: str = field(repr=False)
    token_type: str = API_TOKEN

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", _checked_root(self.root))
        for name in ("email", "token"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                raise ConfigurationError(f"The {name} in the configuration has to be text.")
        if self.token_type not in {API_TOKEN, PASSWORD}:
            raise ConfigurationError(
                f"token_type has to be {API_TOKEN} or {PASSWORD}, not {self.token_type!r}."
            )

    def as_json(self) -> str:
        """Return the content of a configuration file, secret included."""
        values = {name: getattr(self, name) for name in _VARIABLES}
        return json.dumps(values, indent=2) + "\n"


def default_path() -> Path:
    """Return where the configuration file is unless somebody says otherwise."""
    return Path.home() / ".schedy" / "client.json"


def load_configuration(
    source: str | os.PathLike[str] | ConfigurationFile | None = None,
    override: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Configuration:
    """Gather the configuration: the file, over it the environment, over that `override`.

    The file is not read where the other two say everything.

    Args:
        source: The file, or its path; `~/.schedy/client.json` by default.

    Raises:
        ConfigurationError: Something is missing or makes no sense.
    """
    given = _merged(_from_environ(environ), override or {})
    if all(name in given for name in _REQUIRED):
        return _checked(given, "")
    content, place = _read(source, needed=not given)
    return _checked(_merged(content, given), place)


def write_configuration(configuration: Configuration, path: Path | None = None) -> Path:
    """Store a configuration so that only its owner can read it, and return where.

    The file is whole at every moment: others see the old one or the new one.
    """
    path = Path(os.path.realpath(path or default_path()))  # what a link points to, not the link
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes the file readable for its owner alone.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(configuration.as_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return path


@dataclass(frozen=True, slots=True)
class Session:
    """A token that the server gave for the credentials; it lasts for a while.

    Attributes:
        token: Never shown.
        renew_at: When to ask for the next one, on the monotonic clock.
    """

    token: str = field(repr=False)
    renew_at: float

    @classmethod
    def from_answer(cls, answer: Any, *, received: float, now: float) -> "Session":
        """Read the answer to a login.

        Args:
            received: When the answer was made, in Unix time: the server's, if it told.
            now: The same moment on the monotonic clock. Clocks that are set, or jump by an hour
                twice a year, do not matter from here on.

        Raises:
            UnhandledResponseError: It is no such answer.
        """
        token = answer.get("token") if isinstance(answer, dict) else None
        expires_at = answer.get("expiresAt") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not isinstance(expires_at, int | float):
            raise UnhandledResponseError(
                "The server's answer to the login holds no token: is it a Schedy server?", None
            )
        life = expires_at - received
        return cls(token, now + max(life - 60, 0.95 * life))


def date_of(header: str | None, otherwise: float) -> float:
    """Return the Unix time that a Date header tells."""
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except ValueError:
        return otherwise


def _checked_root(root: object) -> str:
    if not isinstance(root, str):
        raise ConfigurationError("The root in the configuration has to be a URL.")
    root = root.strip()
    try:
        parts = urlsplit(root)
        valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError(
            "The root in the configuration has to be the URL of the server, "
            f"like https://schedy.example.org/, not {_without_secrets(root)!r}."
        )
    return root if root.endswith("/") else root + "/"


def _without_secrets(root: str) -> str:
    before, at, after = root.rpartition("@")
    return f"…{after}" if at and before else root


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: environ[variable] for name, variable in _VARIABLES.items() if environ.get(variable)
    }


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one source over another; the kind of a token comes from where the token comes from."""
    kept = {name: value for name, value in below.items() if name in _VARIABLES}
    if "token" in above:
        kept.pop("token_type", None)
    return kept | {name: value for name, value in above.items() if name in _VARIABLES}


def _read(
    source: str | os.PathLike[str] | ConfigurationFile | None, *, needed: bool
) -> tuple[dict[str, Any], str]:
    if source is not None and not isinstance(source, str | os.PathLike):
        return _parsed(source.read(), "The configuration"), "the configuration"
    path = default_path() if source is None else Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if source is None and not needed:
            return {}, str(path)
        raise ConfigurationError(
            f"No server is configured: there is no {path}, and the variables SCHEDY_ROOT, "
            f"SCHEDY_EMAIL and SCHEDY_TOKEN are not all set. {_HOW_TO}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"Can't read {path}: {error}. {_HOW_TO}") from error
    return _parsed(text, str(path)), str(path)


def wanted_patience(given: float | None) -> tuple[float, float]:
    """Return for how many seconds to try, in general and with the end of a job.

    Raises:
        ConfigurationError: Nothing is given, and SCHEDY_PATIENCE is no number.
    """
    if given is None and (setting := os.environ.get("SCHEDY_PATIENCE")):
        try:
            given = float(setting)
        except ValueError:
            raise ConfigurationError(
                f"SCHEDY_PATIENCE has to be a number of seconds, not {setting!r}."
            ) from None
    return (_PATIENCE, _FINAL_PATIENCE) if given is None else (given, given)


def _parsed(text: str | bytes, place: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"{place} is no JSON: {error}. {_HOW_TO}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{place} holds no JSON object. {_HOW_TO}")
    return content


def _checked(values: Mapping[str, Any], place: str) -> Configuration:
    for name in _REQUIRED:
        if name not in values:
            raise ConfigurationError(
                f"The {name} is missing: neither {place} nor the variable {_VARIABLES[name]} "
                f"says it. {_HOW_TO}"
            )
    return Configuration(**values)
