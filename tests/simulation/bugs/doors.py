"""Bugs at the door: redirects, other people's experiments, keys that do not last."""

import secrets
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from starlette.routing import Router

from schedy_server.model.accounts import SigningKey
from schedy_server.model.errors import Forbidden
from schedy_server.service.api_tokens import random_text
from schedy_server.service.context import Context
from schedy_server.service.tokens import SigningKeys


def redirects_to_the_slash() -> AbstractContextManager[Any]:
    """Who forgets the last slash is sent where there is one, as frameworks do by default."""

    router = Router.__init__

    def redirecting(*given: Any, **more: Any) -> None:
        router(*given, **(more | {"redirect_slashes": True}))

    return patch.object(Router, "__init__", redirecting)


def tells_of_other_people() -> AbstractContextManager[Any]:
    """What belongs to somebody else is refused otherwise than what does not exist."""
    experiment = Context.experiment

    def found(self: Context, name: str) -> Any:
        session: Any = self.ledger.session
        rows = session._connection.execute(
            "SELECT account_key FROM experiment WHERE name = ?", [name]
        )
        if any(key != self.caller.account_key for (key,) in rows.fetchall()):
            raise Forbidden("That is somebody else's.")
        return experiment(self, name)

    return patch.object(Context, "experiment", found)


def keys_that_do_not_last() -> AbstractContextManager[Any]:
    """Each start makes up the keys that sign sessions."""

    def load(ledger: Any, *, now: Any, lifetime: Any) -> SigningKeys:
        key = SigningKey(random_text(8), secrets.token_bytes(32), now)
        return SigningKeys([key], lifetime=lifetime)

    return patch.object(SigningKeys, "load", load)
