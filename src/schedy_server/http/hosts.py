"""Which names the server answers to.

The owner of a web site can have its name lead to any machine, this one included (DNS rebinding): to
the browser, this server is then a part of that site, whose scripts may read its answers. The Host
header tells: it holds the name that the browser went by.
"""

import ipaddress
import re
import socket
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from schedy_server.settings import ANY_HOST, Settings

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PORT = re.compile(r":[0-9]*$")
_LONGEST = 253  # characters of a name in the DNS
_MOST_REMEMBERED = 64


class Hosts:
    """Tells requests for this server from those that were led here.

    Addresses are always right, since no name led there. So is `localhost` and the name of the
    machine; beside these, what the settings say.
    """

    def __init__(self, settings: Settings) -> None:
        self._patterns = set(settings.allowed_hosts)
        self._names = {socket.gethostname().lower(), settings.host.lower()}
        if settings.public_url is not None:
            self._names.add(urlsplit(settings.public_url).hostname or "")
        self._is_reached_by_others = False
        self._remembered: set[bytes] = set()  # those that requests came for, and rightly so

    def listens_for_others(self) -> None:
        """Answer to what a local network calls this machine.

        Those are its name in full, and names of one word: these stand in no public DNS, but a
        network gives them to its machines, and to its containers.
        """
        self._is_reached_by_others = True
        self._names.add(socket.getfqdn().lower())

    def check(self, host: bytes | None) -> None:
        """Refuse a request that was meant for another server.

        Args:
            host: Its Host header; None if it has none, as HTTP/1.0 allows. A browser sends one.

        Raises:
            HTTPException: 421 for the name of another server (RFC 9110, section 15.5.20), 400 for
                what is no name (RFC 9112, section 3.2).
        """
        if host in self._remembered or host is None:
            return
        name = _name_in(host)
        if ANY_HOST not in self._patterns:
            if name is None:
                raise HTTPException(400, "The Host header holds no name and no address.")
            if not self._is_ours(name):
                raise HTTPException(
                    421,
                    f"This server does not answer to the name {name!r}. If it should, whoever runs "
                    f"it has to say so: schedy-server serve --allowed-hosts {name}",
                )
        if len(self._remembered) < _MOST_REMEMBERED:
            self._remembered.add(host)

    def _is_ours(self, name: str) -> bool:
        return (
            name in self._names
            or name == "localhost"
            or name.endswith(".localhost")  # leads nowhere else (RFC 6761)
            or _is_address(name)
            or (self._is_reached_by_others and "." not in name)
            or any(fnmatchcase(name, pattern) for pattern in self._patterns)
        )


def _name_in(host: bytes) -> str | None:
    """Return the name or the address that a Host header holds, without the port."""
    text = _PORT.sub("", host.decode("latin-1").lower()).removesuffix(".")
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1] if _is_address(text[1:-1]) else None
    return text if len(text) <= _LONGEST and _NAME.fullmatch(text) else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
