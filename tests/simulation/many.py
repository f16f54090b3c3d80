"""Many runs, in several processes; and as a part of `make faults`."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.faults.plan import Plan, Report, timed
from tests.simulation.run import Result, simulate

PROCESSES = 2
_OPS = 300
_WHOLE = {"sqlite": 10_000, "postgres": 200}


def many(
    seeds: range, *, ops: int = _OPS, database: str = "sqlite", processes: int = PROCESSES
) -> Iterator[Result]:
    """Simulate runs, and yield what came of each, in the order of the seeds."""
    run = partial(simulate, ops=ops, database=database)
    if processes == 1 or database == "postgres":  # whose server belongs to one process
        yield from map(run, seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(run, seeds, chunksize=5)


def simulation(plan: Plan) -> Report:
    """Play the simulation as one scenario among others."""
    report = Report("A04", f"simulated runs of {_OPS} requests", plan)
    first = plan.dice().randrange(10**6)
    with timed(report):
        seeds = range(first, first + plan.times(_WHOLE[plan.database], least=10))
        for result in many(seeds, database=plan.database):
            report.seen += result.seen
            report.violations += result.violations
            if result.violations:
                report.reached[f"seed {result.seed}"] = "is wrong"
        report.injected["simulated run"] = len(seeds)
        report.reached["seeds from"] = first
    return report
