"""What the server tells of itself, and in which look."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from schedy_server.observability import Metrics, configure_logging
from schedy_server.settings import LogFormat, LogLevel


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.level, root.handlers[:], logging.getLogger("uvicorn").level
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    logging.getLogger("uvicorn").setLevel(before[2])
    structlog.reset_defaults()


def logged(look: LogFormat, stream: io.StringIO, level: LogLevel = LogLevel.INFO) -> str:
    configure_logging(look, level, stream)
    structlog.get_logger("schedy.test").info("an event", number=7)
    return stream.getvalue()


def test_a_json_line_is_an_event_with_its_time_and_level() -> None:
    line = json.loads(logged(LogFormat.JSON, io.StringIO()))
    assert line.pop("timestamp").endswith("Z")
    assert line == {"message": "an event", "number": 7, "level": "info"}


@pytest.mark.parametrize(
    ("look", "stream", "is_json"),
    [
        (LogFormat.AUTO, io.StringIO, True),
        (LogFormat.AUTO, Terminal, False),
        (LogFormat.JSON, Terminal, True),
        (LogFormat.PRETTY, io.StringIO, False),
    ],
)
def test_lines_are_pretty_on_a_terminal_or_as_told(
    look: LogFormat, stream: type[io.StringIO], is_json: bool
) -> None:
    assert logged(look, stream()).startswith("{") == is_json


def test_events_below_the_level_are_not_logged() -> None:
    assert logged(LogFormat.JSON, io.StringIO(), LogLevel.WARNING) == ""


def test_libraries_log_in_the_same_look() -> None:
    stream = io.StringIO()
    configure_logging(LogFormat.JSON, LogLevel.INFO, stream)
    logging.getLogger("some.library").warning("beware of %s", "the dog", extra={"dog": "Rex"})
    line = json.loads(stream.getvalue())
    assert (line["message"], line["level"], line["dog"]) == ("beware of the dog", "warning", "Rex")


@pytest.mark.parametrize("look", [LogFormat.JSON, LogFormat.PRETTY])
def test_tracebacks_show_no_values_of_variables(look: LogFormat) -> None:
    stream = io.StringIO()
    configure_logging(look, LogLevel.INFO, stream)
    secret = "hunter" + "2" * 3
    try:
        int("".join(reversed(secret)), 99)
    except ValueError:
        structlog.get_logger("schedy.test").exception("a bug")
    assert "Traceback" in stream.getvalue()
    assert secret not in stream.getvalue()


def test_metrics_count_jobs_and_requests() -> None:
    metrics = Metrics()
    metrics.count_claim()
    metrics.count_finish("DONE")
    metrics.observe_request("/e/", "GET", 200, 0.02)
    lines = metrics.render().decode().splitlines()
    assert "schedy_jobs_claimed_total 1.0" in lines
    assert 'schedy_jobs_finished_total{status="DONE"} 1.0' in lines
    assert 'schedy_http_requests_total{method="GET",route="/e/",status="200"} 1.0' in lines
    assert 'schedy_http_request_seconds_bucket{le="0.025",method="GET",route="/e/"} 1.0' in lines


def test_two_servers_in_a_process_count_for_themselves() -> None:
    one, other = Metrics(), Metrics()
    one.count_claim()
    assert b"schedy_jobs_claimed_total 0.0" in other.render()
