"""Handlers of signing in, and of the tokens of an account."""

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http.account_shapes import (
    ClientConfiguration,
    CreatedToken,
    Me,
    SignInAnswer,
    SignInRequest,
    Token,
    TokenList,
    TokenRequest,
)
from schedy_server.http.addresses import address_of, public_root
from schedy_server.http.calls import body_of, core_of, read, segment, write
from schedy_server.http.wire import json_response, read_shape
from schedy_server.service import credentials
from schedy_server.service.context import Context
from schedy_server.service.credentials import NewToken
from schedy_server.service.sign_in import Attempt


async def sign_in_with_token(request: Request) -> Response:
    """Sign in with an API token.

    The answer's token goes into `Authorization: Bearer TOKEN`. So may the API token itself: this is
    for clients that exchange it.
    """
    return json_response(
        SignInAnswer.of(await core_of(request).sign_in.with_token(await _attempt(request)))
    )


async def sign_in_with_password(request: Request) -> Response:
    """Sign in with a password, which goes into `token`."""
    return json_response(
        SignInAnswer.of(await core_of(request).sign_in.with_password(await _attempt(request)))
    )


async def reset_token(request: Request) -> Response:
    """Replace the default API token.

    The answer is a configuration file of the client. With the token before, jobs that run may be
    reported of and finished for another week, and nothing else done; sessions that it opened go on
    to their end. To shut it out at once, revoke it.
    """
    new: NewToken = await write(request, credentials.reset_default_token)
    root = public_root(request)
    return json_response(ClientConfiguration(root, new.credential.email, new.text))


async def get_me(request: Request) -> Response:
    """Tell who is asking."""
    return json_response(await read(request, lambda context: Me.of(context.caller)))


async def list_tokens(request: Request) -> Response:
    """List the API tokens of the account, oldest first."""
    found = await read(request, credentials.list_own_tokens)
    return json_response(TokenList([Token.of(credential) for credential in found]))


async def create_token(request: Request) -> Response:
    """Make an API token; its secret is in the answer and nowhere else."""
    wish = read_shape(await body_of(request), TokenRequest).wish()

    def create(context: Context) -> NewToken:
        return credentials.create_own_token(context, wish)

    return json_response(CreatedToken.of_new(await write(request, create)), status=201)


async def revoke_token(request: Request) -> Response:
    """Revoke an API token; sessions that it opened end at once."""
    token_id: str = segment(request, "token")

    def revoke(context: Context) -> None:
        credentials.revoke_own_token(context, token_id)

    await write(request, revoke)
    return Response(status_code=204)


async def _attempt(request: Request) -> Attempt:
    asked = read_shape(await body_of(request), SignInRequest)
    return Attempt(asked.email, asked.token, address_of(request))
