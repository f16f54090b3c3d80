"""A09: three servers on one database, and more workers than any of them can count on."""

import statistics
from collections.abc import Mapping
from contextlib import ExitStack

from schedy import (
    Experiment,
    ManualSearch,
    PopulationBasedTraining,
    RandomSearch,
    SchedyDB,
    pbt,
)
from schedy.random import Uniform
from tests.databases import fresh_database, shared_server
from tests.faults.checkers import Leave, Violation
from tests.faults.fleet import fleet
from tests.faults.history import Call
from tests.faults.plan import Plan, Report, judge, timed
from tests.faults.service import Service
from tests.waiting import wait_until

_SERVERS = 3
_GOAL = 0.250  # seconds that a claim may take, but for one in a hundred


def replicas(plan: Plan) -> Report:
    """Have workers of all schedulers claim from three servers at once."""
    report = Report("A09", "three servers", plan)
    jobs = plan.times(5000, least=90)
    with timed(report), ExitStack() as stack:
        url = stack.enter_context(fresh_database(shared_server()))
        services = [
            stack.enter_context(Service(plan.folder / f"server{n}", url)) for n in range(_SERVERS)
        ]
        for service in services:
            service.start()
        db = SchedyDB(config_override=services[0].client)
        experiments = _experiments(jobs // 3)
        for experiment in experiments.values():
            db.add_experiment(experiment)
        experiments["manual"].add_jobs({"hyperparameters": {"n": n}} for n in range(jobs // 3))
        calls = _worked(stack, plan, services, experiments)
        judge(report, services[0], calls, leave=Leave(proposals=True, unfinished=True))
        report.violations += _gaps(experiments)
        waits = [(call.ended or 0) - call.invoked for call in calls if _is_claim(call)]
        report.injected["claim"] += len(waits)
        report.reached["ms for a claim (p99)"] = round(_p99(waits) * 1000)
        if plan.scale >= 1 and _p99(waits) > _GOAL:
            report.violations.append(Violation("slow", "?", f"claims take {_p99(waits):.3f} s"))
    return report


def _experiments(jobs: int) -> Mapping[str, Experiment]:
    space = {"x": Uniform(0.0, 1.0)}
    population = PopulationBasedTraining(
        "population",
        pbt.MINIMIZE,
        "loss",
        pbt.Truncate(0.2),
        initial_distributions=space,
        population_size=10,
        max_generations=max(jobs // 10, 1),
    )
    return {
        "manual": ManualSearch("manual"),
        "random": RandomSearch("random", space),
        "population": population,
    }


def _worked(
    stack: ExitStack, plan: Plan, services: list[Service], experiments: Mapping[str, Experiment]
) -> list[Call]:
    """Have workers work until there is nothing left; a random search never ends by itself."""
    fleets = []
    for number, name in enumerate(experiments):
        workers = stack.enter_context(
            fleet(plan.folder / name, services[0].client, name, seed=plan.seed)
        )
        fleets.append(workers)
        for each in range(plan.times(11, least=3)):
            root = services[(number + each) % _SERVERS].root
            config = {**services[0].client, "root": root}
            workers.hire(f"{name}{each}", config=config, train=(0.0, 0.02), reports=0)
    db = SchedyDB(config_override=services[0].client)
    wait_until(lambda: _has_done(db, "manual") and _has_done(db, "random"), seconds=900)
    fleets[1].tell("stop")
    for workers in fleets:
        workers.tell("drain")
    for workers in fleets:
        workers.wait(seconds=600)
    return [call for workers in fleets for call in workers.history()]


def _has_done(db: SchedyDB, name: str) -> bool:
    """Tell whether an experiment has as many finished jobs as were queued by hand."""
    counts = db.get_experiment(name).counts
    wanted = sum(db.get_experiment("manual").counts.values())
    return counts["DONE"] + counts["CRASHED"] >= wanted


def _gaps(experiments: Mapping[str, Experiment]) -> list[Violation]:
    """Find experiments whose jobs are not numbered from 1 without a gap."""
    found = []
    for name, experiment in experiments.items():
        numbers = [job.number for job in experiment.all_jobs()]
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(Violation("order", name, "the numbers of its jobs have gaps"))
    return found


def _is_claim(call: Call) -> bool:
    return call.op == "claim" and call.acked


def _p99(nanoseconds: list[int]) -> float:
    return statistics.quantiles(nanoseconds, n=100)[98] / 1e9
