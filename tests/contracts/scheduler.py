"""What every scheduler owes the service; the tests of each inherit this."""

import json
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedy_server.model.jobs import PastJob
from schedy_server.schedulers import registry
from schedy_server.schedulers.protocol import Proposal, Scheduler, Verdict, View
from tests.strategies import histories

# Hypothesis warns of a property that runs as a method of several classes; here that is the point.
inherited = settings(
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow], max_examples=50
)


class SchedulerContract:
    """A subclass names one definition of each kind that it wants tried, as clients send it."""

    definitions: tuple[dict[str, Any], ...]

    @inherited
    @given(st.data())
    def test_the_same_seed_and_history_give_the_same_decision(self, data: st.DataObject) -> None:
        scheduler, jobs = data.draw(self.schedulers()), data.draw(histories())
        seed = data.draw(st.integers())
        first, second = (
            scheduler.propose(view_of(scheduler, jobs), Random(seed)) for _ in range(2)
        )
        assert repr(first) == repr(second)  # unlike NaN, its text equals itself

    @inherited
    @given(st.data())
    def test_a_proposal_can_be_written_as_json(self, data: st.DataObject) -> None:
        scheduler, jobs = data.draw(self.schedulers()), data.draw(histories())
        decision = scheduler.propose(view_of(scheduler, jobs), Random(1))
        assert isinstance(decision, Proposal | Verdict)
        if isinstance(decision, Proposal):
            json.dumps([decision.hyperparameters, decision.origin, decision.results])
            assert decision.origin["scheduler"] in scheduler.to_wire()

    @inherited
    @given(st.data())
    def test_deciding_changes_nothing(self, data: st.DataObject) -> None:
        scheduler, jobs = data.draw(self.schedulers()), data.draw(histories())
        view, before = view_of(scheduler, jobs), repr(jobs)
        decisions = [repr(scheduler.propose(view, Random(7))) for _ in range(2)]
        assert decisions[0] == decisions[1]
        assert repr(jobs) == before

    @inherited
    @given(st.data())
    def test_a_view_kept_up_to_date_equals_one_built_anew(self, data: st.DataObject) -> None:
        scheduler, jobs = data.draw(self.schedulers()), data.draw(histories())
        kept = view_of(scheduler, data.draw(histories()))
        for number in range(len(jobs) + 1, 20):
            kept.remove(number)
        for job in data.draw(st.permutations(jobs)):
            kept.update(job)
        new = scheduler.propose(view_of(scheduler, jobs), Random(3))
        assert repr(scheduler.propose(kept, Random(3))) == repr(new)

    @inherited
    @given(st.data())
    def test_a_definition_survives_the_wire(self, data: st.DataObject) -> None:
        scheduler = data.draw(self.schedulers())
        wire = json.loads(json.dumps(scheduler.to_wire()))
        assert registry.parse(wire).to_wire() == wire

    def test_the_objective_does_not_need_a_history(self) -> None:
        for definition in self.definitions:
            objective = registry.parse(definition).objective
            assert (objective is not None) == ("PBT" in definition)

    def schedulers(self) -> st.SearchStrategy[Scheduler]:
        return st.sampled_from(self.definitions).map(registry.parse)


def view_of(scheduler: Scheduler, jobs: list[PastJob]) -> View:
    """Return what a scheduler remembers of these jobs."""
    view = scheduler.new_view()
    for job in jobs:
        view.update(job)
    return view
