"""Bugs that others had, put into this server: each is found, and without them nothing is.

A test that finds nothing may be a test that looks at nothing; this is how we know.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.bugs import checks, clocks, commits, doors, rules
from tests.simulation.bugs.checks import Check, simulated

Bug = Callable[[], AbstractContextManager[Any]]

MOST = range(40)  # seeds until a run has to have found it
BUGS: list[tuple[Bug, Check]] = [
    (rules.same_body_is_a_repeat, simulated(*MOST)),
    (rules.strict, simulated(*MOST)),
    (rules.repeats_of_lost_attempts, simulated(*MOST)),
    (rules.no_end_for_the_unheard, simulated(*MOST)),
    (commits.answers_before_the_commit, simulated(*MOST)),
    (commits.commits_that_a_power_cut_undoes, checks.commits_are_synced),
    (rules.tags_of_content, simulated(*MOST)),
    (rules.signs_of_life_change_the_version, simulated(*MOST)),
    (clocks.leases_by_the_wall_clock, simulated(*MOST)),
    (clocks.leases_run_while_the_server_is_down, simulated(*MOST)),
    (commits.failure_after_the_commit, simulated(*MOST)),
    (doors.redirects_to_the_slash, checks.nothing_is_redirected),
    (doors.tells_of_other_people, checks.strangers_learn_nothing),
    (doors.keys_that_do_not_last, simulated(*MOST)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("bug", "check"), BUGS, ids=[bug.__name__ for bug, _ in BUGS])
def test_a_bug_is_found(bug: Bug, check: Check, tmp_path: Path) -> None:
    with bug():
        assert check(tmp_path)


NAMED = [checks.commits_are_synced, checks.nothing_is_redirected, checks.strangers_learn_nothing]


@pytest.mark.parametrize("check", NAMED)
def test_without_bugs_nothing_is_found(check: Check, tmp_path: Path) -> None:
    assert check(tmp_path) == []
