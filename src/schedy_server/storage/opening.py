"""From a database URL to an open storage."""

from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from schedy_server.model.errors import Invalid
from schedy_server.storage.migrate import migrate
from schedy_server.storage.queries import Dialect
from schedy_server.storage.session import Session
from schedy_server.storage.sqlite import SQLiteSession, connect
from schedy_server.storage.storage import News, Storage
from schedy_server.storage.transactor import Transactor
from schedy_server.storage.writers import LoopWriter, ThreadWriter

_POSTGRES_WRITERS = 2


def open_storage(url: str) -> Storage:
    """Open a database, create or migrate its schema, and return the storage on it.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`.

    Raises:
        Invalid: The URL names no database that Schedy knows.
        DatabaseFailed: The database can't be opened.
        SchemaTooNew: It was made by a later version of Schedy.
    """
    migrate_database(url)
    news = News()
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        transactor = Transactor(lambda: SQLiteSession(connect(path)), news)
        return Storage(
            [LoopWriter(transactor)],
            lambda: SQLiteSession(connect(path, read_only=True)),
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
    )


def migrate_database(url: str) -> list[str]:
    """Bring a database to the current schema and return the names of the steps that this took."""
    dialect = dialect_of(url)
    session: Session
    if dialect == "sqlite":
        path = sqlite_path(url)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        session = SQLiteSession(connect(path))
    else:
        session = _postgres_session(url, "migrating")
    try:
        return migrate(session, dialect)
    finally:
        session.close()


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


def _postgres_session(url: str, purpose: Literal["writing", "reading", "migrating"]) -> Session:
    try:
        from schedy_server.storage.postgres import open_session  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Invalid(
            "PostgreSQL needs its driver: pip install 'schedy[server,postgres]'."
        ) from error
    session: Session = open_session(url, purpose=purpose)
    return session
