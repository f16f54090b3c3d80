"""Manual search: nothing but the queue."""

from random import Random

from schedy_server.schedulers.manual import Manual
from schedy_server.schedulers.protocol import Verdict
from tests.contracts.scheduler import SchedulerContract


class TestManual(SchedulerContract):
    definitions = ({"Manual": None},)


def test_it_waits_for_jobs_that_people_add() -> None:
    assert Manual().propose(Manual().new_view(), Random(1)) is Verdict.WAIT


def test_it_reads_no_history() -> None:
    assert not Manual.uses_history
