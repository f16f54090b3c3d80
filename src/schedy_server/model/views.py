"""Saved views: places in the dashboard that somebody wants to come back to."""

from dataclasses import dataclass
from datetime import datetime

from schedy_server.model.errors import Invalid

LONGEST_ADDRESS = 8000
MOST_VIEWS = 1000


@dataclass(frozen=True, slots=True)
class View:
    """A place in the dashboard under a name.

    Attributes:
        key: Identity inside the database; never shown.
        experiment: The name of the experiment that it shows; None if it shows several.
        address: Path and query below the dashboard's base.
    """

    key: int
    name: str
    experiment: str | None
    address: str
    modified: datetime


def checked_address(address: str) -> str:
    """Return the address of a view, if it is one inside the dashboard.

    Raises:
        Invalid: It leads elsewhere, is too long, or holds control characters.
    """
    if len(address) > LONGEST_ADDRESS:
        raise Invalid(f"address: at most {LONGEST_ADDRESS:,} characters.")
    # Browsers take // and /\ for the beginning of another host.
    if not address.startswith("/") or address[1:2] in {"/", "\\"}:
        raise Invalid("address: has to be a path of this dashboard, such as /experiments?q=cnn.")
    if any(each < " " or each == "\x7f" or "\ud800" <= each <= "\udfff" for each in address):
        raise Invalid("address: no control characters and no halves of surrogate pairs.")
    return address
