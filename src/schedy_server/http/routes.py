"""The whole URL table on one page.

Paths are matched as sent, still encoded, and every segment is decoded once afterwards: a name may
hold a slash, which travels as `%2F`. All paths end in a slash, and nothing is ever redirected:
clients turn a redirected PUT into a GET and take its answer for a stored result.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Lifespan, Receive, Send
from starlette.types import Scope as Scope_

from schedy_server.http import (
    accounts,
    actions,
    analysis,
    claims,
    dashboard,
    docs,
    experiments,
    export,
    jobs,
    live,
    operations,
    places,
    sessions,
    setup,
    steering,
    tables,
    words,
    workers,
)
from schedy_server.http import analysis_reference as of_results
from schedy_server.http import reference as doc
from schedy_server.http import steering_reference as mending
from schedy_server.http import words_reference as words_doc
from schedy_server.http.admission import admit
from schedy_server.http.auth import bearer
from schedy_server.http.endpoint import Endpoint
from schedy_server.model.accounts import Scope
from schedy_server.model.errors import Invalid

E_ = "/experiments/{experiment:segment}/"
J_ = E_ + "jobs/{job:segment}/"
K_ = E_ + "kept/"
A_ = E_ + "analysis/"
W_ = "/workers/{worker:segment}/"
V_ = "/views/{view:segment}/"
T_ = "/tokens/{token:segment}/"
S_ = "/sessions/{session:segment}/"

ENDPOINTS = (
    # Workers; these come first because they are asked most.
    Endpoint("POST", E_ + "claims/", claims.claim, Scope.WORKER, doc.CLAIM),
    Endpoint("POST", J_ + "finish/", claims.finish, Scope.WORKER, doc.FINISH, reports=True),
    Endpoint("POST", J_ + "report/", claims.report, Scope.WORKER, doc.REPORT, reports=True),
    Endpoint(
        "POST", J_ + "heartbeat/", claims.heartbeat, Scope.WORKER, doc.HEARTBEAT, reports=True
    ),
    Endpoint("POST", J_ + "release/", claims.release, Scope.WORKER, doc.RELEASE, reports=True),
    Endpoint("GET", E_ + "nextjob/", jobs.next_job, Scope.WORKER, doc.NEXT_JOB),
    # Jobs
    Endpoint("GET", E_ + "jobs/", jobs.list_jobs, Scope.READ, doc.LIST_JOBS),
    Endpoint("POST", E_ + "jobs/", jobs.add_job, Scope.WORKER, doc.ADD_JOB),
    Endpoint("POST", E_ + "batches/", jobs.add_jobs, Scope.WORKER, doc.ADD_JOBS),
    Endpoint("GET", E_ + "export/", export.export_jobs, Scope.READ, doc.EXPORT_JOBS),
    Endpoint("GET", J_, jobs.get_job, Scope.READ, doc.GET_JOB, reports=True),
    Endpoint("PUT", J_, jobs.put_job, Scope.WORKER, doc.PUT_JOB, reports=True),
    Endpoint("PATCH", J_, words.patch_job, Scope.WORKER, words_doc.PATCH_JOB),
    Endpoint("DELETE", J_, jobs.delete_job, Scope.WORKER, doc.DELETE_JOB),
    Endpoint("GET", J_ + "place/", places.show_place, Scope.READ, words_doc.SHOW_PLACE),
    Endpoint("GET", J_ + "note/", words.show_job_note, Scope.READ, words_doc.SHOW_JOB_NOTE),
    Endpoint("POST", E_ + "actions/", actions.act, Scope.WORKER, words_doc.ACT),
    # What goes wrong, and what one does about it
    Endpoint("POST", J_ + "requeue/", steering.requeue_job, Scope.WORKER, mending.REQUEUE_JOB),
    Endpoint("POST", J_ + "cancel/", steering.cancel_job, Scope.WORKER, mending.CANCEL_JOB),
    Endpoint("POST", J_ + "void/", steering.void_job, Scope.WORKER, mending.VOID_JOB),
    Endpoint("GET", J_ + "attempts/", steering.list_attempts, Scope.READ, mending.LIST_ATTEMPTS),
    Endpoint("GET", E_ + "log/", steering.show_log, Scope.READ, mending.SHOW_LOG),
    Endpoint("GET", K_, steering.list_kept, Scope.READ, mending.LIST_KEPT),
    Endpoint("POST", K_ + "{kept:segment}/adopt/", steering.adopt, Scope.WORKER, mending.ADOPT),
    Endpoint("GET", "/workers/", workers.list_workers, Scope.READ, mending.LIST_WORKERS),
    Endpoint("POST", W_ + "lift/", workers.lift_worker, Scope.WORKER, mending.LIFT_WORKER),
    Endpoint(
        "POST", W_ + "quarantine/", workers.quarantine_worker, Scope.WORKER, mending.QUARANTINE
    ),
    # Experiments
    Endpoint(
        "GET", "/experiments/", experiments.list_experiments, Scope.READ, doc.LIST_EXPERIMENTS
    ),
    Endpoint("GET", E_, experiments.get_experiment, Scope.READ, doc.GET_EXPERIMENT, reports=True),
    Endpoint("PUT", E_, experiments.put_experiment, Scope.WORKER, doc.PUT_EXPERIMENT),
    Endpoint("PATCH", E_, experiments.patch_experiment, Scope.WORKER, words_doc.PATCH_EXPERIMENT),
    Endpoint("DELETE", E_, experiments.delete_experiment, Scope.ADMIN, doc.DELETE_EXPERIMENT),
    Endpoint("GET", E_ + "note/", words.show_note, Scope.READ, words_doc.SHOW_NOTE),
    Endpoint("GET", E_ + "table/", tables.show_table, Scope.READ, doc.TABLE),
    Endpoint("GET", E_ + "schema/", tables.show_schema, Scope.READ, doc.SCHEMA),
    Endpoint("GET", E_ + "columns/", tables.show_columns, Scope.READ, doc.COLUMNS),
    Endpoint("GET", "/events/", live.events, Scope.READ, doc.EVENTS),
    Endpoint("POST", "/notes/preview/", words.preview_note, Scope.READ, words_doc.PREVIEW_NOTE),
    Endpoint("GET", "/views/", words.list_views, Scope.READ, words_doc.LIST_VIEWS),
    Endpoint("PUT", V_, words.put_view, Scope.WORKER, words_doc.PUT_VIEW),
    Endpoint("DELETE", V_, words.delete_view, Scope.WORKER, words_doc.DELETE_VIEW),
    # What the results say
    Endpoint(
        "GET", A_ + "importance/", analysis.show_importance, Scope.READ, of_results.IMPORTANCE
    ),
    Endpoint("GET", A_ + "surface/", analysis.show_surface, Scope.READ, of_results.SURFACE),
    Endpoint(
        "GET", A_ + "predictions/", analysis.show_predictions, Scope.READ, of_results.PREDICTIONS
    ),
    Endpoint("GET", A_ + "pareto/", analysis.show_pareto, Scope.READ, of_results.PARETO),
    Endpoint("GET", A_ + "progress/", analysis.show_progress, Scope.READ, of_results.PROGRESS),
    Endpoint(
        "GET", A_ + "distribution/", analysis.show_distribution, Scope.READ, of_results.DISTRIBUTION
    ),
    Endpoint("GET", A_ + "curves/", analysis.show_curves, Scope.READ, of_results.CURVES),
    # Accounts
    Endpoint("POST", "/session/", sessions.sign_in, None, doc.SIGN_IN),
    Endpoint("DELETE", "/session/", sessions.sign_out, Scope.READ, doc.SIGN_OUT),
    Endpoint("GET", "/sessions/", sessions.list_sessions, Scope.ADMIN, doc.LIST_SESSIONS),
    Endpoint("DELETE", S_, sessions.end_session, Scope.ADMIN, doc.END_SESSION),
    Endpoint("POST", "/token/", accounts.sign_in_with_token, None, doc.SIGN_IN_WITH_TOKEN),
    Endpoint("POST", "/passauth/", accounts.sign_in_with_password, None, doc.SIGN_IN_WITH_PASSWORD),
    Endpoint("POST", "/resettoken/", accounts.reset_token, Scope.ADMIN, doc.RESET_TOKEN),
    Endpoint("GET", "/me/", accounts.get_me, Scope.READ, doc.GET_ME),
    Endpoint("PUT", "/password/", sessions.change_password, Scope.ADMIN, doc.CHANGE_PASSWORD),
    Endpoint("GET", "/tokens/", accounts.list_tokens, Scope.ADMIN, doc.LIST_TOKENS),
    Endpoint("POST", "/tokens/", accounts.create_token, Scope.ADMIN, doc.CREATE_TOKEN),
    Endpoint("DELETE", T_, accounts.revoke_token, Scope.ADMIN, doc.REVOKE_TOKEN),
    Endpoint("GET", "/setup/", setup.show_setup, None, doc.SHOW_SETUP),
    Endpoint("POST", "/setup/", setup.set_up, None, doc.SET_UP),
    # Operations
    Endpoint("GET", "/healthz", operations.healthz, None, doc.HEALTHZ),
    Endpoint("GET", "/readyz", operations.readyz, None, doc.READYZ),
    Endpoint("GET", "/metrics", operations.metrics, None, doc.METRICS),
    Endpoint("GET", "/version", operations.show_version, None, doc.VERSION),
    Endpoint("GET", "/openapi.json", docs.show_openapi, None, doc.OPENAPI),
    Endpoint("GET", "/docs", docs.show_docs, None, doc.DOCS),
)

# Everything else ends in a slash, so fingers add one here.
ALIASES = {"/docs/": "/docs", "/version/": "/version"}


class Segment(Convertor[str]):
    """One segment of a path, decoded; the slash that it may hold never parts it."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Decode once, as UTF-8."""
        try:
            name = unquote_to_bytes(value.encode("latin-1")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Invalid("The URL holds a name that is not UTF-8.") from error
        if "\0" in name:
            raise Invalid("The URL holds a name with a NUL character.")
        return name

    def to_string(self, value: str) -> str:
        """Encode; the counterpart that Starlette asks for."""
        return quote(value, safe="")


register_url_convertor("segment", Segment())


def router(lifespan: Lifespan[ASGIApp], endpoints: Iterable[Endpoint] = ENDPOINTS) -> Router:
    """Return the router for a table of endpoints."""
    methods: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        methods.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    methods |= {alias: methods[path] for alias, path in ALIASES.items() if path in methods}
    routes = [Route(path, _by_method(found)) for path, found in methods.items()]
    routes += [Route(path, dashboard.show_page) for path in dashboard.pages()]
    routes.append(Route("/assets/{asset}", dashboard.show_asset))
    return _Router(routes, redirect_slashes=False, lifespan=lifespan)


class _Router(Router):
    """Says to people in a page, and to programs in a sentence, that nothing is at an address."""

    async def not_found(self, scope: Scope_, receive: Receive, send: Send) -> None:
        """Answer where no route leads."""
        if scope["type"] == "http" and dashboard.is_sought(request := Request(scope, receive)):
            response = await dashboard.show_nothing(request)
            await response(scope, receive, send)
        else:
            await super().not_found(scope, receive, send)


def _by_method(endpoints: Mapping[str, Endpoint]) -> ASGIApp:
    allowed = {"Allow": ", ".join(endpoints)}
    if "GET" in endpoints and endpoints["GET"].handler is not jobs.next_job:
        # Looking for a job is no mere look; everything else that is read may be probed.
        endpoints = {"HEAD": endpoints["GET"], **endpoints}

    async def answer(scope: Scope_, receive: Receive, send: Send) -> None:
        endpoint = endpoints.get(scope["method"])
        if endpoint is None:
            raise HTTPException(405, headers=allowed)
        request = Request(scope, receive, send)
        scope["state"]["need"] = endpoint.need
        scope["state"]["takes_cookies"] = endpoint.operation.cookies
        scope["state"]["reports"] = endpoint.reports
        if endpoint.need is not None:
            bearer(request)  # from whoever shows none, no body is read
        admit(request, endpoint.handler)
        response = await endpoint.handler(request)
        await response(scope, receive, send)

    return _Application(answer)


class _Application:
    """An ASGI application; Starlette takes a mere function for a handler of its own kind."""

    def __init__(self, answer: ASGIApp) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope_, receive: Receive, send: Send) -> None:
        await self._answer(scope, receive, send)
