"""Every query of Schedy, named, as SQL.

A query starts at a line `-- name: NAME`; comments below it say why it is as it is.
`-- fragment: NAME` names a piece that queries include as `{NAME}`. Parameters are written
`:parameter`. What PostgreSQL must have different stands under the same name in `postgres.sql`.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

Dialect = Literal["sqlite", "postgres"]

_HEADER = re.compile(r"^-- (name|fragment): (\w+)\s*$", re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*\n?")
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


@cache
def load(dialect: Dialect) -> Mapping[str, str]:
    """Return all queries by name."""
    queries: dict[str, str] = {}
    fragments: dict[str, str] = {}
    folder = files(__name__)
    shared = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    shared.remove("postgres.sql")
    for name in [*shared, *(["postgres.sql"] if dialect == "postgres" else [])]:
        _collect(folder.joinpath(name).read_text("utf-8"), queries, fragments)
    return {name: _finish(sql, fragments) for name, sql in queries.items()}


def numbered(sql: str) -> tuple[str, list[str]]:
    """Return a query with its parameters as `$1`, `$2`…, and their names in that order."""
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    return _PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", sql), names


def _collect(text: str, queries: dict[str, str], fragments: dict[str, str]) -> None:
    pieces = _HEADER.split(text)[1:]
    for kind, name, sql in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        (queries if kind == "name" else fragments)[name] = _COMMENT.sub("", sql).strip().rstrip(";")


def _finish(sql: str, fragments: Mapping[str, str]) -> str:
    for name, fragment in fragments.items():
        sql = sql.replace("{" + name + "}", fragment)
    return " ".join(sql.split())
