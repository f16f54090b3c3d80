"""The query parameters and headers of the API, each described once."""

from schedy_server.http.endpoint import Parameter
from schedy_server.model.jobs import Status
from schedy_server.service.listing import SORT_KEYS

EXAMPLE_LEASE = "Hq3vC0dZl5tTn8yB"
EXAMPLE_TAG = '"k7.3.fW1xYd0aQpM"'

_PLAIN = "|".join(key for key in SORT_KEYS if not key.endswith(".NAME"))

# Pages

LIMIT = Parameter(
    "limit",
    "query",
    "How many a page has at most.",
    {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
)
START = Parameter(
    "start",
    "query",
    "Where the page starts: what the page before says as `next`. Of another list, it is refused.",
    {"type": "string"},
)
SUMMARY = Parameter(
    "summary",
    "query",
    "`true`: also how each search goes, which takes a look at all jobs that changed.",
    {"enum": ["true", "false"], "default": "false"},
)
PREFIX = Parameter("prefix", "query", "How their names start.", {"type": "string"})
OF_JOB = Parameter("job", "query", "The id of a job: only what is about it.", {"type": "string"})
STATUSES = Parameter(
    "status",
    "query",
    "Which statuses; given several times, all of these. Absent, all.",
    {"type": "array", "items": {"enum": [status.value for status in Status]}},
    example="DONE",
)
SORT = Parameter(
    "sort",
    "query",
    "What to sort by: "
    + ", ".join(f"`{key}`" for key in SORT_KEYS)
    + ". A leading `-` makes it descending. `best` puts the best first, as the experiment's "
    "objective has it. Numbers come before text; missing values come last, also descending.",
    {
        "type": "string",
        "pattern": rf"^-?({_PLAIN}|(hyperparameters|results)\.[\s\S]+)$",
        "default": "number",
    },
    example="-results.loss",
)
FORMAT = Parameter(
    "format",
    "query",
    "`csv` has a row for each job and escapes text that a spreadsheet would take for a formula; "
    "`jsonl` has a job on each line.",
    {"enum": ["csv", "json", "jsonl"], "default": "csv"},
    example="csv",
)
OF_EXPERIMENT = Parameter(
    "experiment",
    "query",
    "The experiment that the views show; absent, all views, or one that shows several experiments.",
    {"type": "string"},
)
CODE = Parameter("code", "query", "The code that the server printed.", {"type": "string"})

# Conditions

IF_MATCH = Parameter(
    "If-Match",
    "header",
    "The ETag that the job had when the caller saw it last: what is newer is not overwritten. "
    "`*` stands for any; without this header, the job is overwritten or created.",
    {"type": "string"},
)
SEEN = Parameter(
    "If-Match",
    "header",
    "The ETag that came with the worker's last answer about the job.",
    {"type": "string"},
    example=EXAMPLE_TAG,
    required=True,
)
MUST_EXIST = Parameter(
    "If-Match",
    "header",
    "`*`: insist that there is something to delete. Whatever it says, the version is not compared.",
    {"type": "string"},
)
ONLY_NEW = Parameter(
    "If-None-Match",
    "header",
    "`*`: create, and never replace what is there.",
    {"enum": ["*"]},
)
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    "Makes the request safe to repeat when its answer was lost: what was created once is not "
    "created again. 1 to 128 visible ASCII characters.",
    {"type": "string", "pattern": "^[!-~]{1,128}$"},
)

# Tables and charts

FILTER = Parameter(
    "f",
    "query",
    "Which jobs, e.g. `status:done,pruned lr<1e-3 optimizer=adam worker~gpu`: terms of a field, an "
    "operator (`:` one of, `=`, `!=`, `~` contains, `<`, `<=`, `>`, `>=`) and a value; `tag:gpu` "
    "is one of its tags, `note~word` looks into its note; a single word has to occur in the id. "
    "Names and values with spaces, and values with commas after `:`, stand in double quotes. "
    "Absent, all.",
    {"type": "string", "maxLength": 4000},
    example="status:done",
)
TABLE_SORT = Parameter(
    "sort",
    "query",
    "What to sort by, by commas, the first key first: a column such as `number`, `quality`, `best` "
    "or `modified`, or a field such as `results.loss`; with a leading `-` descending.",
    {"type": "string", "default": "-number"},
    example="best",
)
PAGE = Parameter(
    "page",
    "query",
    "Which page, counted from 1.",
    {"type": "integer", "minimum": 1, "maximum": 10_000_000, "default": 1},
)
SIZE = Parameter(
    "size",
    "query",
    "How many jobs a page has.",
    {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
)
EXPORTED = Parameter(
    "fields",
    "query",
    "Which columns, by commas, e.g. `number,quality,hyperparameters.lr,tags`. Absent, all.",
    {"type": "string"},
)
FIELDS = Parameter(
    "fields",
    "query",
    "Which columns, by commas.",
    {"type": "string", "default": "number"},
    example="number,quality,hyperparameters.learning_rate",
)
LAYOUT = Parameter(
    "layout",
    "query",
    "How the floats of a column lie: one after the other, or in planes of their bytes.",
    {"type": "string", "enum": ["floats", "planes"], "default": "floats"},
)
SINCE = Parameter(
    "since",
    "query",
    "The id of the last event that was seen: the stream goes on after it. Absent, it starts now.",
    {"type": "string", "pattern": "^[0-9]{1,17}$"},
    example="1790000000000000",
)
OF_EXPERIMENT = Parameter(
    "experiment", "query", "Only who works, or lately worked, on this one.", {"type": "string"}
)
RECENT = Parameter(
    "recent",
    "query",
    "Whether to list those that are idle, too, but ended a job in the last 24 hours.",
    {"type": "boolean", "default": False},
)
