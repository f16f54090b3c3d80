"""What the client's tests start from."""

from collections.abc import Iterator

import pytest

from tests.client.peer import Peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as started:
        yield started
