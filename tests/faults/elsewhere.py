"""Another machine, as far as the network can tell: a namespace, and a cable that one can cut.

A cut cable is not a broken connection: nobody hears anything, neither now nor later. Needs root.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A network namespace with a cable to here.

    Attributes:
        name: That of the namespace, and of the cable's end here.
        here: The address of this end.
    """

    name: str
    here: str

    @property
    def wrapper(self) -> tuple[str, ...]:
        """What has to stand before a command for it to run there."""
        return ("ip", "netns", "exec", self.name)

    def way_to(self, root: str) -> str:
        """Return where a server that listens everywhere here is found from there."""
        return f"http://{self.here}:{urlsplit(root).port}/"

    def cut(self) -> None:
        """Cut the cable."""
        _ip("link", "set", self.name, "down")

    def mend(self) -> None:
        """Mend the cable."""
        _ip("link", "set", self.name, "up")


def lacks() -> str | None:
    """Return why there can be no other place on this machine, or None."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    try:
        with elsewhere():
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespace can be made: {error}"


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Make such a place for as long as a block lasts."""
    number, name = os.getpid() % 250, f"sdy{os.getpid()}"
    here, there = f"10.203.{number}.1", f"10.203.{number}.2"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", name, "type", "veth", "peer", "name", "far", "netns", name)
        _ip("addr", "add", f"{here}/30", "dev", name)
        _ip("link", "set", name, "up")
        inside = ("-n", name)
        _ip(*inside, "addr", "add", f"{there}/30", "dev", "far")
        _ip(*inside, "link", "set", "far", "up")
        _ip(*inside, "link", "set", "lo", "up")
        yield Elsewhere(name, here)
    finally:
        # With the namespace, it would go as well, but not before the kernel has time for it.
        subprocess.run(["ip", "link", "delete", name], check=False, capture_output=True)
        _ip("netns", "delete", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
