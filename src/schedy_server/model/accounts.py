"""Accounts, what proves that one is asking, and who is asking right now."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a credential allows; each scope includes the ones below it."""

    READ = "read"
    WORKER = "worker"
    ADMIN = "admin"

    def includes(self, other: "Scope") -> bool:
        """Tell whether whoever has this scope may do what needs the other."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as far as a service function needs to know.

    Attributes:
        account_key: Whose experiments the caller sees; all others do not exist for it.
        actor: How the audit trail names the caller, e.g. "ana@lab.org (token k3f9)".
        credential_id: Which credential proved it.
        request_id: The request that it is asking with, for the audit trail.
    """

    account_key: int
    email: str
    scope: Scope
    credential_id: str
    actor: str
    request_id: str | None
