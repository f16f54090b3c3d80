"""The first account is made once, by whoever reads the server's output."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schedy_server.model.errors import Forbidden
from schedy_server.service import setup
from schedy_server.service.api_tokens import digest_of
from schedy_server.storage.opening import open_storage
from schedy_server.storage.storage import Storage
from tests.server.doorkeeping import ANA, Clock, Door


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Storage]:
    with open_storage(f"sqlite:///{tmp_path}/schedy.db") as storage:
        yield storage


def new_code(storage: Storage, clock: Clock) -> str:
    code = storage.write_now(lambda ledger: setup.new_setup_code(ledger, clock()))
    assert code is not None
    return code


def use(storage: Storage, code: str, clock: Clock, email: str = ANA) -> None:
    storage.write_now(
        lambda ledger: setup.use_setup_code(
            ledger, code, email=email, password_hash="", now=clock()
        )
    )


def test_a_code_makes_the_first_account(empty: Storage) -> None:
    use(empty, new_code(empty, Clock()), Clock())
    accounts = empty.read_now(lambda ledger: ledger.accounts.all())
    assert [account.email for account in accounts] == [ANA]


def test_a_code_works_once(empty: Storage) -> None:
    code = new_code(empty, Clock())
    use(empty, code, Clock())
    with pytest.raises(Forbidden):
        use(empty, code, Clock(), "bob@lab.org")


def test_a_code_works_for_half_an_hour(empty: Storage) -> None:
    clock = Clock()
    code = new_code(empty, clock)
    clock.advance(minutes=30)
    with pytest.raises(Forbidden):
        use(empty, code, clock)


def test_another_code_does_not_work(empty: Storage) -> None:
    new_code(empty, Clock())
    with pytest.raises(Forbidden):
        use(empty, "guess", Clock())


def test_the_first_account_makes_all_codes_useless(empty: Storage) -> None:
    codes = [new_code(empty, Clock()) for _ in range(2)]
    use(empty, codes[0], Clock())
    with pytest.raises(Forbidden):
        use(empty, codes[1], Clock(), "bob@lab.org")


def test_an_account_made_by_the_operator_makes_codes_useless(empty: Storage) -> None:
    code = new_code(empty, Clock())
    Door(empty).passwords.close()
    with pytest.raises(Forbidden):
        use(empty, code, Clock(), "bob@lab.org")


def test_a_code_stays_useless_when_the_account_is_removed(empty: Storage) -> None:
    code, door = new_code(empty, Clock()), Door(empty)
    door.passwords.close()
    empty.write_now(lambda ledger: ledger.accounts.delete(door.ana))
    with pytest.raises(Forbidden):
        use(empty, code, Clock())


def test_a_code_that_another_server_made_too_late_is_useless(door: Door) -> None:
    late = door.clock() + setup.LIFETIME
    door.storage.write_now(
        lambda ledger: ledger.accounts.add_setup_link(digest_of("late"), expires=late)
    )
    with pytest.raises(Forbidden):
        use(door.storage, "late", door.clock, "bob@lab.org")


def test_where_there_is_an_account_there_is_no_code(door: Door) -> None:
    assert door.storage.write_now(lambda ledger: setup.new_setup_code(ledger, door.clock())) is None
