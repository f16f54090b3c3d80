"""A server for each database, shared by the tests of a file that ask it anything."""

from collections.abc import Iterator

import pytest

from tests.databases import fresh_database, shared_server
from tests.server.http.fuzzing import Target, target


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("asked")
    if request.param == "sqlite":
        with target(folder) as found:
            yield found
        return
    with fresh_database(shared_server()) as url, target(folder, database=url) as found:
        yield found
