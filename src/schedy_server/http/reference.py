"""What every endpoint takes and gives, in the order of the URL table that refers to it.

A summary and a description come from the handler's docstring, types from `shapes`.
"""

from schedy_server.http import (
    account_shapes,
    live,
    parameters,
    sessions,
    shapes,
    steering_shapes,
    tables,
)
from schedy_server.http.endpoint import HTML, TEXT, Answer, Operation, Tag
from schedy_server.http.parameters import EXAMPLE_LEASE

_TEXT = {TEXT: {"type": "string"}}
_PAGE = {HTML: {"type": "string"}}
_JOB = Answer("The job.", shapes.JobAnswer, tagged=True)
_EXPERIMENT = Answer("The experiment.", shapes.ExperimentAnswer)
_GONE = Answer("It is gone.")
_NOTHING = Answer("There is nothing to do now, or the experiment is done.")

_NO_EXPERIMENT = "There is no such experiment."
_NO_JOB = "There is no such experiment, or no such job."
_CHANGED = "Someone changed or deleted the job since; sent results are kept aside on the server."
_MUST_EXIST = "`If-Match` was given, and there is nothing to delete."
_FOREIGN_LEASE = "The job was never handed out under this `lease_id`."
_SLOW_DOWN = "There were too many failures, or too many sign in at once."

_RESULTS = {"loss": 0.21, "epochs": 12}
_SPACE = {
    "learning_rate": {"loguniform": {"low": 1e-5, "high": 0.1}},
    "layers": {"choice": {"values": [1, 2, 4]}},
}

# Workers ------------------------------------------------------------------------------------------

CLAIM = Operation(
    tag=Tag.WORKERS,
    cookies=False,
    takes=shapes.ClaimRequest,
    example={"claim_id": "node7-0001", "worker": "node7", "wait": 0},
    gives={
        200: Answer("The job, RUNNING and the caller's.", shapes.JobAnswer, tagged=True),
        204: _NOTHING,
    },
    refuses={
        404: _NO_EXPERIMENT,
        403: "The worker is quarantined: too much failed there.",
        409: "The job of this claim has moved on since: claim again with a new `claim_id`.",
    },
)
FINISH = Operation(
    tag=Tag.WORKERS,
    cookies=False,
    takes=shapes.FinishRequest,
    example={"lease_id": EXAMPLE_LEASE, "status": "DONE", "results": _RESULTS},
    parameters=(parameters.SEEN,),
    gives={200: Answer("It is stored.", shapes.DirectiveAnswer, tagged=True)},
    refuses={404: _NO_JOB, 409: _FOREIGN_LEASE, 412: _CHANGED},
)
REPORT = Operation(
    tag=Tag.WORKERS,
    cookies=False,
    takes=shapes.ReportRequest,
    example={"lease_id": EXAMPLE_LEASE, "results": {"loss": 0.35}},
    parameters=(parameters.SEEN,),
    gives={200: Answer("It is stored.", shapes.DirectiveAnswer, tagged=True)},
    refuses={404: _NO_JOB, 409: _FOREIGN_LEASE, 412: _CHANGED},
)
HEARTBEAT = Operation(
    tag=Tag.WORKERS,
    cookies=False,
    takes=shapes.HeartbeatRequest,
    example={"lease_id": EXAMPLE_LEASE},
    gives={200: Answer("What the worker should do.", shapes.DirectiveAnswer)},
    refuses={404: _NO_JOB},
)
RELEASE = Operation(
    tag=Tag.WORKERS,
    cookies=False,
    takes=shapes.ReleaseRequest,
    example={"lease_id": EXAMPLE_LEASE, "resume": {"epoch": 7}, "reason": "preempted"},
    parameters=(parameters.SEEN,),
    gives={200: Answer("The job is in the queue again.", shapes.DirectiveAnswer, tagged=True)},
    refuses={404: _NO_JOB, 409: _FOREIGN_LEASE, 412: _CHANGED},
)
NEXT_JOB = Operation(
    tag=Tag.WORKERS,
    cookies=False,
    gives={
        200: Answer("The job, still QUEUED.", shapes.JobAnswer, tagged=True),
        204: _NOTHING,
    },
    refuses={404: _NO_EXPERIMENT},
)

# Jobs ---------------------------------------------------------------------------------------------

LIST_JOBS = Operation(
    tag=Tag.JOBS,
    parameters=(
        parameters.STATUSES,
        parameters.FILTER,
        parameters.SORT,
        parameters.LIMIT,
        parameters.START,
    ),
    gives={200: Answer("A page of jobs.", shapes.JobPage)},
    refuses={404: _NO_EXPERIMENT},
)
ADD_JOB = Operation(
    tag=Tag.JOBS,
    takes=shapes.JobRequest,
    example={"hyperparameters": {"learning_rate": 0.001, "layers": 4}},
    parameters=(parameters.IDEMPOTENCY_KEY,),
    gives={201: _JOB},
    refuses={404: _NO_EXPERIMENT, 409: "This request added the job, which was deleted since."},
)
ADD_JOBS = Operation(
    tag=Tag.JOBS,
    takes=shapes.BatchRequest,
    example={"jobs": [{"hyperparameters": {"layers": 1}}, {"hyperparameters": {"layers": 2}}]},
    parameters=(parameters.IDEMPOTENCY_KEY,),
    gives={201: Answer("All of them were added.", shapes.BatchAnswer)},
    refuses={404: _NO_EXPERIMENT},
)
EXPORT_JOBS = Operation(
    tag=Tag.JOBS,
    parameters=(
        parameters.FORMAT,
        parameters.STATUSES,
        parameters.FILTER,
        parameters.EXPORTED,
    ),
    gives={
        200: Answer(
            "The jobs, by number.",
            bodies={
                "text/csv": {"type": "string"},
                "application/json": {
                    "type": "array",
                    # With `fields`, an object of these members.
                    "items": {
                        "anyOf": [
                            {"$ref": "#/components/schemas/JobAnswer"},
                            {"type": "object"},
                        ]
                    },
                },
                "application/jsonl": {"type": "string"},
            },
        )
    },
    refuses={404: _NO_EXPERIMENT},
)
GET_JOB = Operation(tag=Tag.JOBS, gives={200: _JOB}, refuses={404: _NO_JOB})
PUT_JOB = Operation(
    tag=Tag.JOBS,
    takes=shapes.JobPut,
    example={"status": "DONE", "hyperparameters": {"layers": 4}, "results": _RESULTS},
    parameters=(parameters.IF_MATCH, parameters.ONLY_NEW, parameters.IDEMPOTENCY_KEY),
    gives={
        200: Answer("The job as it is now.", shapes.JobAnswer, tagged=True),
        201: Answer("`If-None-Match` was given, and it is new.", shapes.JobAnswer, tagged=True),
    },
    refuses={
        404: _NO_EXPERIMENT,
        409: "Its `claim_id` has started a job before.",
        412: f"{_CHANGED} Or it had to be new and is not.",
    },
)
DELETE_JOB = Operation(
    tag=Tag.JOBS,
    parameters=(parameters.MUST_EXIST,),
    gives={204: _GONE},
    refuses={412: _MUST_EXIST},
)

# Experiments --------------------------------------------------------------------------------------

LIST_EXPERIMENTS = Operation(
    tag=Tag.EXPERIMENTS,
    parameters=(parameters.PREFIX, parameters.SUMMARY, parameters.LIMIT, parameters.START),
    gives={200: Answer("A page of experiments.", shapes.ExperimentPage)},
)
GET_EXPERIMENT = Operation(
    tag=Tag.EXPERIMENTS, gives={200: _EXPERIMENT}, refuses={404: _NO_EXPERIMENT}
)
PUT_EXPERIMENT = Operation(
    tag=Tag.EXPERIMENTS,
    takes=shapes.ExperimentRequest,
    example={
        "scheduler": {"RandomSearch": _SPACE},
        "objective": {"result": "loss", "direction": "min"},
    },
    parameters=(parameters.ONLY_NEW, parameters.IDEMPOTENCY_KEY),
    gives={
        200: Answer("It was there and is replaced.", shapes.ExperimentAnswer),
        201: Answer("It is new.", shapes.ExperimentAnswer),
    },
    refuses={412: "It had to be new and is not."},
)
DELETE_EXPERIMENT = Operation(
    tag=Tag.EXPERIMENTS,
    parameters=(parameters.MUST_EXIST,),
    gives={204: _GONE},
    refuses={412: _MUST_EXIST},
)

# Accounts -----------------------------------------------------------------------------------------

SIGN_IN_WITH_TOKEN = Operation(
    tag=Tag.ACCOUNTS,
    takes=account_shapes.SignInRequest,
    example={"email": "ana@lab.org", "token": "sdy_w_…"},
    gives={200: Answer("A session token.", account_shapes.SignInAnswer)},
    refuses={403: "Email address or token are wrong.", 429: _SLOW_DOWN},
)
SIGN_IN_WITH_PASSWORD = Operation(
    tag=Tag.ACCOUNTS,
    takes=account_shapes.SignInRequest,
    example={"email": "ana@lab.org", "token": "the password"},
    gives={200: Answer("A session token.", account_shapes.SignInAnswer)},
    refuses={403: "Email address or password are wrong.", 429: _SLOW_DOWN},
)
RESET_TOKEN = Operation(
    tag=Tag.ACCOUNTS,
    gives={200: Answer("The client's configuration file.", account_shapes.ClientConfiguration)},
)
GET_ME = Operation(tag=Tag.ACCOUNTS, gives={200: Answer("The caller.", account_shapes.Me)})
LIST_TOKENS = Operation(
    tag=Tag.ACCOUNTS, gives={200: Answer("The tokens.", account_shapes.TokenList)}
)
CREATE_TOKEN = Operation(
    tag=Tag.ACCOUNTS,
    takes=account_shapes.TokenRequest,
    example={"name": "cluster", "scope": "worker", "expires_in": 2_592_000},
    gives={201: Answer("The token with its secret.", account_shapes.CreatedToken)},
)
REVOKE_TOKEN = Operation(
    tag=Tag.ACCOUNTS, gives={204: _GONE}, refuses={404: "There is no such token."}
)
CHANGE_PASSWORD = Operation(
    tag=Tag.ACCOUNTS,
    takes=account_shapes.PasswordRequest,
    example={"current": "the old sentence", "new": "another long sentence"},
    gives={204: Answer("It is changed.")},
    refuses={403: "The current password is wrong.", 429: _SLOW_DOWN},
)
SHOW_SETUP = Operation(
    tag=Tag.ACCOUNTS,
    parameters=(parameters.CODE,),
    gives={200: Answer("The form.", bodies=_PAGE)},
    refuses={403: "The code was used already, has expired, or never was one."},
    pages=True,
)
SET_UP = Operation(
    tag=Tag.ACCOUNTS,
    takes=account_shapes.SetupRequest,
    form=True,
    example={"code": "the code", "email": "ana@lab.org", "password": "a long sentence"},
    gives={201: Answer("The account is made.", account_shapes.SetupAnswer, bodies=_PAGE)},
    refuses={
        403: "The code was used already, has expired, or never was one.",
        409: "There is an account already.",
        429: _SLOW_DOWN,
    },
    pages=True,
)

# Operations ---------------------------------------------------------------------------------------

HEALTHZ = Operation(tag=Tag.OPERATIONS, gives={200: Answer("`ok`", bodies=_TEXT)}, stored=False)
READYZ = Operation(
    tag=Tag.OPERATIONS,
    gives={200: Answer("`ready`", bodies=_TEXT), 503: Answer("Why it is not.", bodies=_TEXT)},
    stored=False,
)
METRICS = Operation(
    tag=Tag.OPERATIONS, gives={200: Answer("The metrics.", bodies=_TEXT)}, stored=False
)
VERSION = Operation(
    tag=Tag.OPERATIONS,
    gives={200: Answer("The version.", steering_shapes.VersionAnswer)},
    stored=False,
)
OPENAPI = Operation(
    tag=Tag.OPERATIONS,
    gives={200: Answer("OpenAPI 3.1.", bodies={"application/json": {"type": "object"}})},
    stored=False,
)
DOCS = Operation(
    tag=Tag.OPERATIONS, gives={200: Answer("The reference.", bodies=_PAGE)}, stored=False
)

# Dashboard ----------------------------------------------------------------------------------------

TABLE = Operation(
    tag=Tag.DASHBOARD,
    parameters=(parameters.FILTER, parameters.TABLE_SORT, parameters.PAGE, parameters.SIZE),
    gives={200: Answer("A page of the table.", tables.TablePage)},
    refuses={404: _NO_EXPERIMENT},
)
SCHEMA = Operation(
    tag=Tag.DASHBOARD,
    gives={200: Answer("The fields.", tables.SchemaAnswer)},
    refuses={404: _NO_EXPERIMENT},
)
COLUMNS = Operation(
    tag=Tag.DASHBOARD,
    parameters=(parameters.FIELDS, parameters.LAYOUT, parameters.FILTER),
    gives={200: Answer("The columns.", bodies={"application/octet-stream": {"type": "string"}})},
    refuses={404: _NO_EXPERIMENT},
)
EVENTS = Operation(
    tag=Tag.DASHBOARD,
    parameters=(parameters.SINCE,),
    gives={200: Answer("The events, each like this.", bodies={"text/event-stream": live.EVENT})},
    refuses={400: "`since` is not the id of an event."},
)
SIGN_IN = Operation(
    tag=Tag.ACCOUNTS,
    takes=sessions.SessionRequest,
    example={"email": "ana@lab.org", "password": "the password"},
    gives={201: Answer("Who is signed in; the cookie is set.", account_shapes.Me)},
    refuses={403: "The email address or the password is wrong.", 429: _SLOW_DOWN},
)
SIGN_OUT = Operation(tag=Tag.ACCOUNTS, gives={204: Answer("The session has ended.")})
LIST_SESSIONS = Operation(
    tag=Tag.ACCOUNTS, gives={200: Answer("The sessions.", sessions.SessionList)}
)
END_SESSION = Operation(
    tag=Tag.ACCOUNTS,
    gives={204: Answer("It has ended.")},
    refuses={404: "There is no such session."},
)
