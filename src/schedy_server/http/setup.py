"""The page on which the first account of a new server is made.

It needs no script and nothing from elsewhere. No other site can send its form, because that takes
the code that only the server's operator has seen.
"""

from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from schedy_server.http.account_shapes import SetupAnswer, SetupRequest
from schedy_server.http.addresses import public_root
from schedy_server.http.calls import body_of, core_of
from schedy_server.http.errors import STATUS_OF
from schedy_server.http.page_headers import page_headers
from schedy_server.http.setup_style import STYLE
from schedy_server.http.wire import json_response, read_shape
from schedy_server.model.accounts import normalise_email
from schedy_server.model.errors import Invalid, ServiceError
from schedy_server.service import setup
from schedy_server.service.passwords import LONGEST, SHORTEST, check_new
from schedy_server.storage.ledger import Ledger

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 10
# The dashboard's sign; drawn here, because the page takes nothing from elsewhere.
_SIGN = (
    '<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    '<path d="M12 2 21 7v10l-9 5-9-5V7zM12 8v8M8.5 10v4M15.5 10v4"/></svg>'
)
_HEADERS = page_headers(STYLE, forms=True)


async def show_setup(request: Request) -> Response:
    """Show the form that makes the first account of a new server."""
    core = core_of(request)
    code = request.query_params.get("code", "")
    now = core.clock()
    try:
        await core.storage.read(lambda ledger: setup.check_setup_code(ledger, code, now))
    except ServiceError as error:
        return _refusal(error)
    return _form(code)


async def set_up(request: Request) -> Response:
    """Make the first account, from the form or from JSON."""
    body = await body_of(request)
    if not _is_form(request, body):
        asked = read_shape(body, SetupRequest)
        return json_response(SetupAnswer(await _make_account(request, asked)), 201)
    asked = _read_form(body)
    try:
        email = await _make_account(request, asked)
    except Invalid as error:
        return _form(asked.code, email=asked.email, problem=str(error))
    except ServiceError as error:
        return _refusal(error)
    return _welcome(email, public_root(request))


async def _make_account(request: Request, asked: SetupRequest) -> str:
    core = core_of(request)
    now = core.clock()
    # First the code: nobody without one makes the server hash passwords.
    await core.storage.read(lambda ledger: setup.check_setup_code(ledger, asked.code, now))
    email = normalise_email(asked.email)
    check_new(asked.password, email=email)
    password_hash = await core.passwords.hash(asked.password)

    def use(ledger: Ledger) -> None:
        setup.use_setup_code(ledger, asked.code, email=email, password_hash=password_hash, now=now)

    await core.storage.write(use)
    return email


def _is_form(request: Request, body: bytes) -> bool:
    # Programs like curl call everything a form that they are not told about.
    called_form = request.headers.get("content-type", "").startswith(_FORM)
    return called_form and not body.lstrip().startswith(b"{")


def _read_form(body: bytes) -> SetupRequest:
    try:
        fields = dict(
            parse_qsl(
                body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
            )
        )
    except ValueError as error:
        raise Invalid("The form is garbled.") from error
    return SetupRequest(fields.get("code", ""), fields.get("email", ""), fields.get("password", ""))


def _form(code: str, *, email: str = "", problem: str | None = None) -> Response:
    said = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        "Set up Schedy",
        f"""<p>This server has no account yet. Make the first one: it may do everything.</p>{said}
<form method="post" action="./">
<input type="hidden" name="code" value="{escape(code)}">
<label for="email">Email address
<input id="email" name="email" type="email" required autofocus autocomplete="username"
 value="{escape(email)}"></label>
<label for="password">Password, at least {SHORTEST} characters
<input id="password" name="password" type="password" required autocomplete="new-password"
 minlength="{SHORTEST}" maxlength="{LONGEST}"></label>
<button>Make the account</button>
</form>
<p class="dim">It stays on this server: nothing is sent anywhere else.</p>""",
        status=400 if problem else 200,
    )


def _welcome(email: str, root: str) -> Response:
    command = f"schedy login --root {root} {email}"
    return _page(
        "Your account is ready",
        f"""<p><a class="button" href="{escape(root)}">Open the dashboard</a></p>
<p>And sign in where you train:</p>
<ol><li>Install the client<pre><code>pip install schedy</code></pre></li>
<li>Tell it where this server is<pre><code>{escape(command)}</code></pre></li></ol>""",
        status=201,
    )


def _refusal(error: ServiceError) -> Response:
    return _page(
        "This link is of no use",
        f'<p class="problem" role="alert">{escape(str(error))}</p>',
        status=STATUS_OF[type(error)],
    )


def _page(title: str, content: str, *, status: int) -> Response:
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>
<body><main><h1>{_SIGN} {escape(title)}</h1>
{content}
</main></body></html>
""",
        status,
        headers=_HEADERS,
    )
