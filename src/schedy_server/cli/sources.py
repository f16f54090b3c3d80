"""What every command starts from: its settings, and the database that they name."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from schedy_server.model.errors import Invalid
from schedy_server.settings import CONFIG_VARIABLE, OPTIONS, Settings
from schedy_server.sole_server import url_of_server_on
from schedy_server.storage.opening import dialect_of, open_storage, sqlite_path
from schedy_server.storage.storage import Storage

# Enough to find the database; `serve` takes all the others as well.
COMMON = ("data", "database")

# What `add_subparsers` returns; argparse has no public name for it.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


def add_settings(command: argparse.ArgumentParser, *names: str) -> None:
    """Give a command the options for these settings."""
    group = command.add_argument_group("settings")
    group.add_argument(
        "--config", metavar="FILE", help=f"TOML file with settings (or {CONFIG_VARIABLE})"
    )
    for option in OPTIONS:
        if option.name in names:
            # What argparse would take for a format is none.
            text = f"{option.meaning} Default: {option.shown}. ({option.variable})"
            group.add_argument(
                option.flag,
                metavar=option.metavar,
                help=text.replace("%", "%%"),
                nargs="?" if option.is_switch else None,
                const="yes" if option.is_switch else None,
            )


def settings_of(given: argparse.Namespace) -> Settings:
    """Return the settings that the options, the environment and the file say.

    Raises:
        Invalid: Something is not understood.
    """
    return Settings.load(vars(given), os.environ)


@contextmanager
def storage_of(given: argparse.Namespace, *, makes_one: bool = False) -> Iterator[Storage]:
    """Open the database that the settings name.

    Args:
        makes_one: If there is none yet, it is made, as `serve` would.

    Raises:
        Invalid: There is none: the name of its folder may be misspelled.
    """
    url = settings_of(given).database
    if not makes_one and dialect_of(url) == "sqlite" and not sqlite_path(url).exists():
        raise Invalid(
            f"There is no file {sqlite_path(url)}: name the folder of the server's data with "
            "--data, or its database with --database."
        )
    with open_storage(url) as storage:
        yield storage


def root_of(settings: Settings) -> str:
    """Return where clients find the server: as set, as it announced, or as it would start."""
    if settings.public_url is not None:
        return settings.public_url
    scheme = "http" if settings.tls_cert is None else "https"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return url_of_server_on(settings.database) or f"{scheme}://{host}:{settings.port}/"
