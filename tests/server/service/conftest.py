"""A door or a desk for every test, on an empty SQLite database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy_server.storage.opening import open_storage
from tests.server.desk import Desk
from tests.server.doorkeeping import Door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_storage(f"sqlite:///{tmp_path}/schedy.db") as storage:
        door = Door(storage)
        yield door
        door.passwords.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_storage(f"sqlite:///{tmp_path}/schedy.db") as storage:
        yield Desk(storage)
