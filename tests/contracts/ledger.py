"""What every database owes the ledger: what was stored comes back, in the right order."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedy_server.model.events import Event
from schedy_server.model.jobs import Job, RefusedBody, Status
from schedy_server.model.transitions import Step
from schedy_server.storage.leases import Beat
from schedy_server.storage.session import DatabaseFailed
from schedy_server.storage.storage import Storage
from tests.server.storage.samples import PAYLOADS, experiment_fields, job_fields, names
from tests.server.storage.stock import (
    NOON,
    Worker,
    caller,
    fresh_experiment,
    new_experiment,
    new_job,
    stored_account,
    stored_experiment,
)

# The examples of a property share a database; each takes an account of its own.
inherited = settings(
    suppress_health_check=[
        HealthCheck.differing_executors,
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
    max_examples=40,
)


class LedgerContract:
    """A subclass has a fixture `storage`."""

    @inherited
    @given(name=names(), fields=experiment_fields())
    def test_an_experiment_comes_back_as_it_was_stored(
        self, storage: Storage, name: str, fields: dict[str, Any]
    ) -> None:
        account = stored_account(storage)
        added = stored_experiment(storage, account, name, **fields)
        assert added == new_experiment(account, name, **fields, key=added.key)
        assert storage.read_now(lambda ledger: ledger.experiments.find(account, name)) == added
        assert storage.write_now(lambda ledger: ledger.experiments.lock(account, name)) == added

    @inherited
    @given(fields=experiment_fields(), changes=experiment_fields())
    def test_what_a_user_changes_of_an_experiment_is_kept(
        self, storage: Storage, fields: dict[str, Any], changes: dict[str, Any]
    ) -> None:
        account = stored_account(storage)
        key = stored_experiment(storage, account, **fields).key
        changed = new_experiment(account, **changes | {"created": fields["created"]}, key=key)
        storage.write_now(lambda ledger: ledger.experiments.save_settings(changed))
        assert storage.read_now(lambda ledger: ledger.experiments.find(account, "mnist")) == changed

    @inherited
    @given(fields=job_fields(), changes=job_fields())
    def test_a_job_comes_back_as_it_was_stored_and_as_it_was_changed(
        self, storage: Storage, fields: dict[str, Any], changes: dict[str, Any]
    ) -> None:
        experiment = fresh_experiment(storage)
        first = new_job(experiment, **fields | {"version": 1})
        second = new_job(experiment, **changes | {"version": 2, "created": first.created})
        for before, job in ((None, first), (first.status, second)):
            applied = Step(before, job, b"")
            storage.write_now(lambda ledger: ledger.jobs.apply(applied, caller(1)))  # noqa: B023
            found = storage.read_now(lambda ledger: ledger.jobs.find(experiment.key, "job-1"))
            assert repr(found) == repr(job)  # unlike equality, this tells -0.0 from 0.0

    @pytest.mark.parametrize("text", PAYLOADS)
    def test_payloads_are_kept_to_the_character(self, storage: Storage, text: str) -> None:
        experiment = fresh_experiment(storage)
        storage.write_now(Worker(experiment).add(results=text))
        rows = storage.read_now(lambda ledger: ledger.jobs.payloads(experiment.key, Status))
        assert rows == [(1, "{}", text)]

    def test_half_a_character_is_refused_and_harms_nobody(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        with pytest.raises(UnicodeEncodeError):
            storage.write_now(Worker(experiment).add(reason="\ud800"))
        assert storage.write_now(Worker(experiment).add()).number == 1

    @inherited
    @given(priorities=st.lists(st.integers(-2, 2), max_size=8))
    def test_the_queue_goes_by_priority_then_by_number(
        self, storage: Storage, priorities: list[int]
    ) -> None:
        experiment = fresh_experiment(storage)
        for priority in priorities:
            storage.write_now(Worker(experiment).add(priority=priority))
        expected = sorted(range(1, len(priorities) + 1), key=lambda n: (-priorities[n - 1], n))
        head = storage.read_now(lambda ledger: ledger.jobs.queue_head(experiment.key, limit=5))
        claimed = [storage.write_now(Worker(experiment).claim(f"{n}")).number for n in expected]
        assert (head, claimed) == (expected[:5], expected)

    @inherited
    @given(stored=st.sets(names(), max_size=8), prefix=st.sampled_from(["", "a", "%", "é", "🐄"]))
    def test_experiments_stand_in_the_order_of_their_characters(
        self, storage: Storage, stored: set[str], prefix: str
    ) -> None:
        account = stored_account(storage)
        for name in stored:
            stored_experiment(storage, account, name)
        page = storage.read_now(
            lambda ledger: ledger.experiments.page(account, prefix=prefix, after="", limit=100)
        )
        assert [found.name for found in page] == sorted(n for n in stored if n.startswith(prefix))

    @inherited
    @given(data=st.data())
    def test_pages_miss_and_repeat_nothing_while_things_come_and_go(
        self, storage: Storage, data: st.DataObject
    ) -> None:
        account = stored_account(storage)
        stored = data.draw(st.lists(names(), max_size=6, unique=True))
        coming = [name for name in data.draw(st.lists(names(), unique=True)) if name not in stored]
        experiments = [stored_experiment(storage, account, name) for name in stored]
        going = experiments[: len(experiments) // 2]
        seen = [""]

        def next_page() -> list[str]:
            page = storage.read_now(
                lambda ledger: ledger.experiments.page(account, prefix="", after=seen[-1], limit=2)
            )
            return [found.name for found in page]

        while page := next_page():
            seen += page
            if coming:
                stored_experiment(storage, account, coming.pop())
            if going:
                gone = going.pop()
                storage.write_now(lambda ledger: ledger.experiments.delete(gone))  # noqa: B023
        assert seen == sorted(set(seen))
        assert set(stored[len(experiments) // 2 :]) <= set(seen)

    @inherited
    @given(
        statuses=st.lists(st.sampled_from(Status), max_size=8),
        wanted=st.sets(st.sampled_from(Status)),
        limit=st.integers(1, 9),
        beyond=st.one_of(st.none(), st.integers(0, 9)),
    )
    def test_jobs_are_paged_by_number_in_both_directions(
        self,
        storage: Storage,
        statuses: list[Status],
        wanted: set[Status],
        limit: int,
        beyond: int | None,
    ) -> None:
        experiment = fresh_experiment(storage)
        for status in statuses:
            finished = NOON if status.is_final else None
            storage.write_now(Worker(experiment).add(status=status, finished=finished))
        all_of_them = [n for n, status in enumerate(statuses, 1) if status in wanted]

        def page(*, backwards: bool) -> list[int]:
            jobs = storage.read_now(
                lambda ledger: ledger.jobs.page(
                    experiment.key,
                    statuses=wanted,
                    beyond=beyond,
                    backwards=backwards,
                    limit=limit,
                )
            )
            return [job.number for job in jobs]

        later = [n for n in all_of_them if beyond is None or n > beyond]
        earlier = [n for n in all_of_them if beyond is None or n < beyond]
        assert page(backwards=False) == later[:limit]
        assert page(backwards=True) == earlier[::-1][:limit]

    def test_who_follows_by_revision_learns_of_every_change_once(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        worker = Worker(experiment)
        for work in (worker.add(), worker.add(), worker.add(), worker.claim("c"), worker.delete(2)):
            storage.write_now(work)

        def since(revision: int) -> tuple[list[int], list[int]]:
            return storage.read_now(
                lambda ledger: (
                    [job.number for job in ledger.jobs.changed_since(experiment.key, revision)],
                    ledger.jobs.deleted_since(experiment.key, revision),
                )
            )

        assert [since(revision) for revision in (0, 3, 4, 5)] == [
            ([3, 1], [2]),
            ([1], [2]),
            ([], [2]),
            ([], []),
        ]

    def test_a_scheduler_sees_values(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        fields = {"hyperparameters": '{"lr": 1e-3}', "origin": '{"member": 1}'}
        storage.write_now(Worker(experiment).add(**fields))
        (job,) = storage.read_now(lambda ledger: [*ledger.jobs.changed_since(experiment.key, 0)])
        assert (job.number, job.id, job.status, job.attempt) == (1, "job-1", Status.QUEUED, 0)
        assert (job.hyperparameters, job.results, job.origin) == ({"lr": 1e-3}, {}, {"member": 1})

    def test_qualities_are_replaced_at_once(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        for _ in range(3):
            storage.write_now(Worker(experiment).add(quality=7.0))
        new = {1: None, 2: float("-inf")}
        storage.write_now(lambda ledger: ledger.jobs.set_qualities(experiment.key, new))
        rows = storage.read_now(lambda ledger: ledger.jobs.sort_keys(experiment.key, Status))
        assert {row[0]: row[2] for row in rows} == new | {3: 7.0}

    def test_a_repeat_is_recognised_by_tag_claim_and_lease(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        worker = Worker(experiment)
        job = storage.write_now(worker.claim("claim-1"))

        def recall(tag: str, claim: str, lease: str) -> tuple[Any, ...]:
            return storage.read_now(
                lambda ledger: (
                    ledger.jobs.write_with_tag(job, tag),
                    ledger.jobs.claimed_number(experiment.key, claim),
                    attempt.n if (attempt := ledger.jobs.attempt_of_lease(job, lease)) else None,
                )
            )

        assert recall("other", "claim-2", "lease-2") == (None, None, None)
        assert recall("other", "claim-1", "claim-1")[1:] == ((1, 1), 1)

    def test_changes_are_found_by_version_and_by_tag(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        job = new_job(experiment, base_tag="e.0.nonce", version=1)
        storage.write_now(lambda ledger: ledger.jobs.apply(Step(None, job, b"\0\xff"), caller(7)))
        by_tag, by_version, none = storage.read_now(
            lambda ledger: (
                ledger.jobs.write_with_tag(job, "e.0.nonce"),
                ledger.jobs.write_at_version(job, 1),
                ledger.jobs.write_at_version(job, 2),
            )
        )
        assert by_tag == by_version
        assert by_tag is not None
        assert (by_tag.version, by_tag.digest, by_tag.account_key) == (1, b"\0\xff", 7)
        assert (by_tag.base_tag, by_tag.to_status, none) == ("e.0.nonce", Status.QUEUED, None)

    def test_the_database_refuses_a_second_owner(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        job = storage.write_now(Worker(experiment).claim("first"))
        second = {"claim_id": "second", "lease_id": "second", "account_key": 1, "worker": None}
        second |= {"deadline": None, "progress_deadline": None}
        place = {"experiment_key": experiment.key, "number": job.number, "at": 1}
        with pytest.raises(DatabaseFailed, match=r"(?i)unique"):
            storage.write_now(
                lambda ledger: ledger.session.run("insert_attempt", **place, **second, n=2)
            )

    def test_the_database_refuses_a_finished_job_without_an_end(self, storage: Storage) -> None:
        worker = Worker(fresh_experiment(storage))
        with pytest.raises(Exception, match=r"(?i)check"):
            storage.write_now(worker.add(status=Status.DONE, finished=None))
        assert storage.write_now(worker.add()).number == 1

    def test_a_deleted_experiment_leaves_nothing_of_its_jobs(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        worker = Worker(experiment)
        refused = RefusedBody(experiment.key, "x", base_tag=None, body="{}", why="stale")
        for work in (worker.claim("a"), worker.add(), worker.delete(2)):
            storage.write_now(work)
        storage.write_now(lambda ledger: ledger.jobs.quarantine(refused, caller(1), NOON))
        storage.write_now(lambda ledger: ledger.experiments.delete(experiment))

        def what_is_left(key: int) -> tuple[Any, ...]:
            return storage.read_now(
                lambda ledger: (
                    ledger.jobs.page(key, limit=9),
                    ledger.jobs.deleted_since(key, 0),
                    ledger.jobs.claimed_number(key, "a"),
                )
            )

        assert what_is_left(experiment.key) == ([], [], None)

    def test_an_answer_is_remembered_for_its_account_until_it_is_old(
        self, storage: Storage
    ) -> None:
        account, other = stored_account(storage), stored_account(storage)
        storage.write_now(
            lambda ledger: ledger.notes.remember_answer(
                account, "key", digest=b"\x00d", answer="🐄", now=NOON
            )
        )

        def recall(key: int) -> tuple[bytes, str] | None:
            return storage.read_now(lambda ledger: ledger.notes.answer(key, "key"))

        assert (recall(account), recall(other)) == ((b"\x00d", "🐄"), None)
        storage.write_now(lambda ledger: ledger.notes.forget_answers(NOON))
        assert recall(account) is not None

    def test_a_body_that_was_refused_is_kept_as_it_came(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        bodies = [
            RefusedBody(experiment.key, "job-1", base_tag=tag, body=text, why="stale")
            for tag, text in [(None, PAYLOADS[3]), ("e.1-a.1.n", PAYLOADS[4])]
        ]
        for body in bodies:
            storage.write_now(lambda ledger: ledger.jobs.quarantine(body, caller(1), NOON))  # noqa: B023
        found = storage.read_now(lambda ledger: ledger.jobs.refused(experiment.key, "job-1"))
        assert found == bodies

    def test_a_sign_of_life_changes_nothing_that_a_worker_depends_on(
        self, storage: Storage
    ) -> None:
        experiment = fresh_experiment(storage)
        job = storage.write_now(Worker(experiment).claim("c"))
        beat = Beat(experiment.key, job.number, job.attempt, at=NOON, deadline=5)
        storage.write_now(lambda ledger: ledger.leases.renew(beat))
        assert storage.read_now(lambda ledger: ledger.jobs.find(experiment.key, job.id)) == job

    def test_events_are_written_down(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)
        event = Event(experiment.account_key, "ana", "experiment changed", experiment.name, "DONE")
        storage.write_now(lambda ledger: ledger.notes.event(event, at=NOON))
        [line] = storage.read_now(
            lambda ledger: ledger.history.events(experiment, None, after=(-1, 0, 0, 0), limit=9)
        )
        assert (line.event, line.reason, line.actor) == ("experiment changed", "DONE", "ana")

    def test_a_job_that_is_not_there_is_none(self, storage: Storage) -> None:
        experiment = fresh_experiment(storage)

        def work(key: int) -> list[Job | None]:
            return storage.read_now(
                lambda ledger: [
                    ledger.jobs.find(key, "job-1"),
                    ledger.jobs.find_number(key, 1),
                    ledger.jobs.oldest_queued(key),
                ]
            )

        assert work(experiment.key) == work(0) == [None] * 3
