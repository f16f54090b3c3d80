"""Silent workers: their jobs go on without them, and what they bring later is not thrown away."""

from pathlib import Path

import pytest

from tests.faults import elsewhere
from tests.faults.plan import Plan
from tests.faults.silence import deaths, partitions, preemptions, zombies

pytestmark = pytest.mark.faults


def test_a_worker_that_comes_back_late_loses_no_result(tmp_path: Path) -> None:
    report = zombies(Plan(tmp_path, scale=0.05))
    assert not report.violations
    assert report.seen["late result adopted"] + report.seen["result kept aside"]


def test_the_job_of_a_dead_worker_goes_to_another(tmp_path: Path) -> None:
    report = deaths(Plan(tmp_path, scale=0.04))
    assert not report.violations
    assert report.reached["workers that a deadly job killed"] == 3


def test_a_preempted_worker_gives_its_job_back_at_once(tmp_path: Path) -> None:
    report = preemptions(Plan(tmp_path, scale=0.05))
    assert not report.violations
    assert report.reached["jobs given back"]


_LACKS = elsewhere.lacks()


@pytest.mark.long
@pytest.mark.skipif(_LACKS is not None, reason=str(_LACKS))
def test_a_cut_cable_loses_no_result(tmp_path: Path) -> None:
    report = partitions(Plan(tmp_path, scale=0.05))
    assert not report.violations
    assert report.reached["leases lost"]
