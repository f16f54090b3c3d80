"""A door or a desk for every test, on an empty SQLite database.

Whatever happened at a desk, its books are in order at the end.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from schedy_server.service.verify import Audited, verify
from schedy_server.storage.integrity import open_books
from schedy_server.storage.opening import open_storage
from tests.databases import fresh_database, shared_server
from tests.server.desk import Desk
from tests.server.doorkeeping import Door
from tests.server.service.shift import Shift


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_storage(f"sqlite:///{tmp_path}/schedy.db") as storage:
        door = Door(storage)
        yield door
        door.passwords.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path}/schedy.db"
    with open_storage(url) as storage:
        yield Desk(storage)
        assert findings(url) == []


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shift(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shift]:
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path}/schedy.db"
        if request.param == "postgres":
            url = stack.enter_context(fresh_database(shared_server()))
        desk = Desk(stack.enter_context(open_storage(url)))
        desk.experiment()
        yield Shift(desk)
        assert findings(url) == []


def findings(url: str) -> list[str]:
    with open_books(url) as books:
        return [str(each) for each in verify(books, Audited(), lambda *_: None)]
