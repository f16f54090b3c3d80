"""What each endpoint is to the server under pressure; see `schedy_server.service.pressure`."""

from collections.abc import Mapping

from starlette.requests import Request

from schedy_server.http import analysis, claims, experiments, export, jobs, live, steering, tables
from schedy_server.http.calls import core_of
from schedy_server.http.endpoint import Handler
from schedy_server.service.pressure import Work

# What is missing here is never refused: signing in, the ends of jobs, a look at one of them.
WORK: Mapping[Handler, Work] = {
    claims.claim: Work.CLAIM,
    jobs.next_job: Work.CLAIM,
    jobs.add_job: Work.ADD,
    jobs.add_jobs: Work.ADD,
    experiments.put_experiment: Work.ADD,
    claims.report: Work.REPORT,
    claims.heartbeat: Work.BEAT,
    jobs.list_jobs: Work.LIST,
    experiments.list_experiments: Work.LIST,
    export.export_jobs: Work.LIST,
    steering.show_log: Work.LIST,
    steering.list_kept: Work.LIST,
    tables.show_table: Work.LIST,
    tables.show_schema: Work.LIST,
    tables.show_columns: Work.LIST,
    analysis.show_importance: Work.LIST,
    analysis.show_surface: Work.LIST,
    analysis.show_predictions: Work.LIST,
    analysis.show_pareto: Work.LIST,
    analysis.show_progress: Work.LIST,
    analysis.show_distribution: Work.LIST,
    analysis.show_curves: Work.LIST,
    live.events: Work.LIST,
}


def admit(request: Request, handler: Handler) -> None:
    """Return if a request may be handled now.

    Raises:
        Unavailable: It has to wait.
    """
    work = WORK.get(handler)
    if work is not None:
        core_of(request).pressure.admit(work)
