"""Brings a database to the current schema, step by step, each step once.

Migrations are the numbered SQL files of `migrations/<dialect>/`. All that are missing run in one
transaction, together with the note that they ran; other servers that start meanwhile wait for it.
"""

import re
import secrets
import time
from dataclasses import dataclass
from importlib.resources import files

from schedy_server.storage.queries import Dialect
from schedy_server.storage.session import Session

_FILE = re.compile(r"(\d{4})_(\w+)\.sql")


class SchemaTooNew(Exception):
    """The database was made by a later version of Schedy."""


@dataclass(frozen=True, slots=True, order=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str


def migrations(dialect: Dialect) -> list[Migration]:
    """Return all steps of the schema, in order."""
    folder = files("schedy_server.storage").joinpath("migrations", dialect)
    return sorted(
        Migration(int(match[1]), match[2], file.read_text("utf-8"))
        for file in folder.iterdir()
        if (match := _FILE.fullmatch(file.name))
    )


def migrate(session: Session, dialect: Dialect) -> list[str]:
    """Run the missing migrations and return their names; none, if the schema is current.

    Raises:
        SchemaTooNew: The database has migrations that this version does not know.
    """
    session.begin(writing=True)
    try:
        missing = _missing(session, dialect)
        for step in missing:
            _run(session, step)
        if session.one("meta", name="epoch") is None:
            session.run("set_meta", name="epoch", value=secrets.token_urlsafe(4))
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return [f"{step.number:04d}_{step.name}" for step in missing]


def _missing(session: Session, dialect: Dialect) -> list[Migration]:
    session.run("lock_migrations")
    session.run("create_migration_table")
    done = {number for (number,) in session.all("migrations_done")}
    steps = migrations(dialect)
    if unknown := done - {step.number for step in steps}:
        raise SchemaTooNew(
            f"The database was made by a later version of Schedy (migration {max(unknown)}): "
            "install that version, or restore a backup from before."
        )
    return [step for step in steps if step.number not in done]


def _run(session: Session, step: Migration) -> None:
    session.script(step.sql)
    session.run("insert_migration", number=step.number, name=step.name, at=time.time_ns() // 1000)
