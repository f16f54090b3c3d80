"""What the texts mean that settings are given as; each function raises ValueError for nonsense."""

import ipaddress
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_LAST_PORT = 65535
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\*")
_YES, _NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}


def as_is(text: str) -> str:
    """Return the text."""
    return text


def one_of(words: Iterable[str], text: str) -> str:
    """Return the text, if it is one of some words.

    Raises:
        ValueError: It is none of them.
    """
    known = list(words)
    if text not in known:
        raise ValueError(f"write {', '.join(known[:-1])} or {known[-1]}")
    return text


def path(text: str) -> Path:
    """Return the path that a text names.

    Raises:
        ValueError: It names none.
    """
    if not text:
        raise ValueError("name a file or a folder")
    return Path(text).expanduser().absolute()


def port(text: str) -> int:
    """Return the port that a text means.

    Raises:
        ValueError: It means none.
    """
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise ValueError(f"a port is a number from 0 to {_LAST_PORT}")
    return int(text)


def duration(text: str) -> timedelta:
    """Return the duration that a text like `90`, `15m` or `1d` means.

    Raises:
        ValueError: It means none.
    """
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?) ?([smhd]?)", text)
    if match is None:
        raise ValueError("write a duration like 90, 90s, 15m, 2h or 1d")
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])


def size(text: str) -> int:
    """Return the number of bytes that a text like `16MiB` means.

    Raises:
        ValueError: It means none.
    """
    match = re.fullmatch(r"(\d{1,12}) ?(|KiB|MiB|GiB)", text)
    if match is None:
        raise ValueError("write a size like 1048576, 1024KiB, 16MiB or 1GiB")
    return int(match[1]) * _BYTES[match[2]]


def count(text: str) -> int:
    """Return the positive number that a text means.

    Raises:
        ValueError: It means none.
    """
    if not text.isdecimal() or not int(text):
        raise ValueError("write a number, at least 1")
    return int(text)


def networks(text: str) -> tuple[str, ...]:
    """Return the addresses and networks that a text lists.

    Raises:
        ValueError: It means none.
    """
    networks = tuple(item for item in re.split(r"[\s,]+", text) if item)
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise ValueError("write addresses (10.0.0.7) or networks (10.0.0.0/8)") from None
    return networks


def hosts(text: str) -> tuple[str, ...]:
    """Return the names of hosts that a text lists.

    Raises:
        ValueError: It means none.
    """
    hosts = tuple(item.lower() for item in re.split(r"[\s,]+", text) if item)
    if not all(map(_HOST.fullmatch, hosts)):
        raise ValueError("write names like schedy.example.org or *.example.org, without ports")
    return hosts


def switch(text: str) -> bool:
    """Return whether a text says yes.

    Raises:
        ValueError: It says neither yes nor no.
    """
    if text.lower() not in _YES | _NO:
        raise ValueError("write yes or no")
    return text.lower() in _YES


def root_path(text: str) -> str:
    """Return a path without a final slash."""
    return "/" + text.strip("/") if text.strip("/") else ""


def url(text: str) -> str:
    """Return the URL that a text is, with a final slash.

    Raises:
        ValueError: It means none.
    """
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("write a URL like https://schedy.example.org/")
    return text.rstrip("/") + "/"
