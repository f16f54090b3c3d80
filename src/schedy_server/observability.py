"""What the server tells of itself: log lines and metrics."""

import logging
import sys
from typing import TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from schedy_server.settings import LogFormat, LogLevel

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Most requests take a few milliseconds; those that wait for a job, up to a minute.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts of what the server did since it started."""

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "schedy_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "schedy_http_request_seconds",
            "Time from a request to its answer, waiting for a job included.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        # Looking them up by label each time takes as long as counting.
        self._of_request: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._claimed = Counter(
            "schedy_jobs_claimed", "Jobs handed out to workers.", registry=self._registry
        )
        self._finished = Counter(
            "schedy_jobs_finished", "Jobs that ended.", ["status"], registry=self._registry
        )

        self._leases = Gauge("schedy_leases", "Leases that run.", registry=self._registry)
        self._lost = Counter(
            "schedy_jobs_lost", "Jobs taken from silent workers.", registry=self._registry
        )
        self._held = Counter(
            "schedy_leases_held",
            "Leases prolonged because most ran out at once.",
            registry=self._registry,
        )
        self._late = Counter(
            "schedy_late_writes",
            "Writes for a version of a job that was not the current one, by what became of them.",
            ["outcome"],
            registry=self._registry,
        )

        self._strains = Gauge(
            "schedy_strain",
            "Whether the server refuses what can wait, and why.",
            ["strain"],
            registry=self._registry,
        )
        self._delay = Gauge(
            "schedy_delay_seconds",
            "How long requests wait before it is their turn.",
            registry=self._registry,
        )

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request.

        Args:
            route: The template of the path, never the path itself: a client could make up any
                number of those, and each would be kept for ever.
            method: The HTTP method; those that nobody uses count as one.
            status: What was answered.
            seconds: How long that took.
        """
        key = (method if method in _METHODS else "other", route, status)
        if (known := self._of_request.get(key)) is None:
            known = self._of_request[key] = (
                self._requests.labels(key[0], route, str(status)),
                self._seconds.labels(key[0], route),
            )
        counter, histogram = known
        counter.inc()
        histogram.observe(seconds)

    def count_claim(self) -> None:
        """Count a job handed out."""
        self._claimed.inc()

    def count_finish(self, status: str) -> None:
        """Count a job that ended."""
        self._finished.labels(status).inc()

    def count_tick(self, *, live: int, lost: int, held: int) -> None:
        """Count what a look at the leases brought."""
        self._leases.set(live)
        self._lost.inc(lost)
        self._held.inc(held)

    def count_late(self, outcome: str) -> None:
        """Count a write that came too late: adopted or refused."""
        self._late.labels(outcome).inc()

    def observe_strain(self, strain: str, on: bool) -> None:  # noqa: FBT001 - a listener's
        """Note that the server came under a strain, or got rid of it."""
        self._strains.labels(strain).set(on)

    def observe_delay(self, seconds: float) -> None:
        """Note how long requests wait before it is their turn."""
        self._delay.set(seconds)

    def render(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)


def configure_logging(look: LogFormat, level: LogLevel, stream: TextIO | None = None) -> None:
    """Send the log lines of the server and of its libraries to standard error, in one look."""
    stream = stream or sys.stderr
    pretty = look is LogFormat.PRETTY or (look is LogFormat.AUTO and stream.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=_endings(stream, pretty=pretty)
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # What uvicorn has to say of every start and stop, `serve` says in a line of its own.
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, root.level))


def _endings(stream: TextIO, *, pretty: bool) -> list[structlog.typing.Processor]:
    tidy = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if pretty:
        # The fancy traceback shows the values of variables, and some of them are secrets.
        plain = structlog.dev.plain_traceback
        return [
            tidy,
            structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain),
        ]
    return [
        tidy,
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(),
    ]
