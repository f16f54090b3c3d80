"""From a database URL to an open storage."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from apsw import Connection

from schedy_server.model.errors import Invalid
from schedy_server.storage import sqlite_copy
from schedy_server.storage.migrate import Migration, MigrationUnsafe, check_schema, migrate
from schedy_server.storage.queries import Dialect
from schedy_server.storage.safety_copy import copy_before
from schedy_server.storage.served import is_served
from schedy_server.storage.session import DatabaseBusy, DatabaseFailed, Session
from schedy_server.storage.sqlite import SQLiteSession, connect, refuse_foreign
from schedy_server.storage.storage import News, Others, Storage
from schedy_server.storage.transactor import Transactor
from schedy_server.storage.writers import LoopWriter, ThreadWriter

_POSTGRES_WRITERS = 2
_UNSAFE = (
    "The database has to be migrated ({step}), and a server of an earlier version is at work that "
    "can't go on with it: stop it first"
)
_FORCE = "; or run 'schedy-server migrate --force', which makes all of them stop"


def open_storage(url: str, *, serving: bool = False) -> Storage:
    """Open a database, create or migrate its schema, and return the storage on it.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`.
        serving: It is for a server, which on SQLite has to be the only one, and on PostgreSQL
            exchanges news with the others.

    Raises:
        Invalid: The URL names no database that Schedy knows.
        DatabaseFailed: The database can't be opened.
        SchemaTooNew: It was made by a later version of Schedy.
        MigrationUnsafe: It has to be migrated, and others are at work that could not go on.
    """
    migrate_database(url, serving=serving)
    news = News()
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        guest = not serving and is_served(path)

        def session(*, read_only: bool) -> SQLiteSession:
            connection = connect(path, read_only=read_only)
            return SQLiteSession(connection, broken=news.breaks, beside_server=guest)

        return Storage(
            [LoopWriter(Transactor(lambda: session(read_only=False), news))],
            lambda: session(read_only=True),
            news=news,
            is_shared=False,
        )
    return Storage(
        [
            ThreadWriter(Transactor(lambda: _postgres_session(url, "writing"), news))
            for _ in range(_POSTGRES_WRITERS)
        ],
        lambda: _postgres_session(url, "reading"),
        news=news,
        is_shared=True,
        others=_other_servers(url, news) if serving else None,
    )


def open_to_look(url: str) -> Session:
    """Open a database as it is, without ever changing it.

    Raises:
        Invalid: The URL names no database.
        DatabaseFailed: It can't be opened.
    """
    if dialect_of(url) != "sqlite":
        return _postgres_session(url, "reading")
    path = sqlite_path(url)
    if not path.is_file():
        raise Invalid(f"There is no file {path}.")
    return SQLiteSession(sqlite_copy.open_to_look(path))


def migrate_database(url: str, *, serving: bool = False, force: bool = False) -> list[str]:
    """Bring a database to the current schema and return the names of the steps that this took.

    Args:
        serving: It is for the only server on an SQLite database.
        force: Even if servers are at work that can't go on then; they notice, and stop.

    Raises:
        SchemaTooNew: It was made by a later version of Schedy.
        MigrationUnsafe: Servers are at work that could not go on.
    """
    dialect = dialect_of(url)
    path = sqlite_path(url) if dialect == "sqlite" else None
    if path is None:
        session = _postgres_session(url, "migrating")
    else:
        session = SQLiteSession(_new_or_own(path))

    def prepare(session: Session, missing: Sequence[Migration]) -> None:
        breaking = _breaking(missing)
        if path is None:
            _prepare_postgres(session, None if force else breaking)
        elif breaking is not None and not serving and is_served(path):
            raise MigrationUnsafe(f"{_UNSAFE}.".format(step=breaking.label))
        elif session.one("any_account") is not None:
            copy_before(path, missing[0])

    try:
        return migrate(session, dialect, prepare=prepare)
    finally:
        session.close()


def _new_or_own(path: Path) -> Connection:
    """Open a database file of Schedy's; if there is none, it is made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    except OSError as error:
        raise Invalid(f"The database can't be in {path.parent}: {error.strerror}.") from error
    if not path.is_file():
        raise Invalid(f"{path} is no file.")
    try:
        connection = connect(path)
        refuse_foreign(connection, path)
    except (DatabaseFailed, DatabaseBusy) as error:
        raise type(error)(f"{path}: {error}") from error
    return connection


def check_database(url: str, *, as_successor: bool = False) -> None:
    """Find out, changing nothing, whether this version can work with a database.

    Args:
        as_successor: In the place of one of the servers that are at work now.

    Raises:
        Invalid: The URL names no database that Schedy knows.
        DatabaseFailed: The database can't be opened.
        SchemaTooNew: It was made by a later version of Schedy.
        MigrationUnsafe: It would have to be migrated, and others are at work that could not go on.
    """
    dialect = dialect_of(url)
    session = open_to_look(url)
    try:
        missing = check_schema(session, dialect)
        if as_successor and dialect == "postgres" and (breaking := _breaking(missing)):
            at_work = session.one("servers_at_work")
            if at_work is not None and at_work[0] > 1:
                raise MigrationUnsafe(f"{_UNSAFE}{_FORCE}.".format(step=breaking.label))
    finally:
        session.close()


def _breaking(steps: Sequence[Migration]) -> Migration | None:
    return next((step for step in steps if not step.is_compatible), None)


def _prepare_postgres(session: Session, breaking: Migration | None) -> None:
    if breaking is not None:
        alone = session.one("no_server_at_work")
        if alone is None or not alone[0]:
            raise MigrationUnsafe(f"{_UNSAFE}{_FORCE}.".format(step=breaking.label))
    session.one("tell_of_migration")


def dialect_of(url: str) -> Dialect:
    """Tell which database a URL means."""
    # Nothing of the URL is quoted that may be a password.
    if url.startswith("sqlite:"):
        return "sqlite"
    if url.startswith(("postgresql:", "postgres:")):
        return "postgres"
    raise Invalid("The database URL has to start with sqlite:/// or postgresql://.")


def sqlite_path(url: str) -> Path:
    """Return the file that a `sqlite:` URL names."""
    _, is_file, path = url.partition("sqlite:///")
    if not is_file or not path:
        raise Invalid("The database URL names no file: write sqlite:////path/to/schedy.db.")
    return Path(unquote(path))


def _other_servers(url: str, news: News) -> Others:
    from schedy_server.storage.notifications import Notifications  # noqa: PLC0415 - needs psycopg

    check = partial(check_database, url)
    others = Notifications(url, hear=news.hear, check=check, end=news.end)
    others.start()
    news.others = others.tell
    return others


def _postgres_session(url: str, purpose: Literal["writing", "reading", "migrating"]) -> Session:
    try:
        from schedy_server.storage.postgres import open_session  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Invalid(
            "PostgreSQL needs its driver: pip install 'schedy[server,postgres]'."
        ) from error
    session: Session = open_session(url, purpose=purpose)
    return session
