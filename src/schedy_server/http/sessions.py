"""Handlers of the sessions of browsers."""

from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http.account_shapes import Me, PasswordRequest
from schedy_server.http.addresses import address_of
from schedy_server.http.auth import bearer, delete_cookie, has_cookie, set_cookie
from schedy_server.http.calls import body_of, core_of, read, segment, write
from schedy_server.http.shapes import Moment
from schedy_server.http.wire import json_response, read_shape
from schedy_server.service import browsers
from schedy_server.service.api_tokens import digest_of
from schedy_server.service.context import Context
from schedy_server.service.sign_in import Attempt


class SessionRequest(msgspec.Struct, frozen=True):
    """Asks for a session in a browser."""

    email: str
    password: str


class Session(msgspec.Struct, frozen=True):
    """A session in a browser.

    Attributes:
        browser: What the browser says of itself.
        is_this: Whether the request came with it.
    """

    id: str
    browser: str
    created: Moment
    expires: Moment | None
    last_used: Moment | None
    is_this: bool


class SessionList(msgspec.Struct, frozen=True):
    """The sessions of an account in browsers, newest first."""

    items: list[Session]


async def sign_in(request: Request) -> Response:
    """Sign in with a password, in a browser: the session's secret goes into a cookie."""
    asked = read_shape(await body_of(request), SessionRequest)
    attempt = Attempt(asked.email, asked.password, address_of(request))
    browser = request.headers.get("user-agent", "")
    session = await core_of(request).sign_in.with_browser(attempt, browser)
    response = json_response(Me(session.credential.email, session.credential.scope), 201)
    set_cookie(request, response, session.secret, seconds=int(browsers.LIFE.total_seconds()))
    return response


async def sign_out(request: Request) -> Response:
    """End the session that the request came with."""
    digest = digest_of(bearer(request))

    def end(context: Context) -> None:
        credential = context.ledger.accounts.credential_by_digest(digest)
        if credential is not None and credential.hint == "browser":
            browsers.end_browser_session(context, credential.id)

    await write(request, end)
    response = Response(status_code=204)
    delete_cookie(request, response)
    return response


async def change_password(request: Request) -> Response:
    """Change the password of the account.

    Sessions that the old one opened end at once, all but the browser's that asks; API tokens go on.
    """
    caller = await read(request, lambda context: context.caller)
    asked = read_shape(await body_of(request), PasswordRequest)
    session = await core_of(request).sign_in.change_password(
        Attempt(caller.email, asked.current, address_of(request)),
        asked.new,
        actor=caller.actor,
        browser=request.headers.get("user-agent", "") if has_cookie(request) else None,
    )
    response = Response(status_code=204)
    if session is not None:
        set_cookie(request, response, session.secret, seconds=int(browsers.LIFE.total_seconds()))
    return response


async def list_sessions(request: Request) -> Response:
    """List the account's sessions in browsers."""
    own = await read(request, lambda context: context.caller.credential_id)
    found = await read(request, browsers.list_browsers)
    return json_response(
        SessionList(
            [
                Session(
                    id=each.id,
                    browser=each.name,
                    created=each.created,
                    expires=each.expires,
                    last_used=each.last_used,
                    is_this=each.id == own,
                )
                for each in found
            ]
        )
    )


async def end_session(request: Request) -> Response:
    """End one of the account's sessions in browsers, at once."""
    session_id: str = segment(request, "session")
    await write(request, partial(browsers.end_browser_session, session_id=session_id))
    return Response(status_code=204)
