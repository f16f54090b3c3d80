"""Curves of many jobs, asked from Python: a body of bytes."""

import json
import math
import struct
from typing import Any

import pytest

from schedy import Experiment, errors
from schedy.curves import some_of
from tests.client.peer import Peer, reply

HEADER = {
    "revision": 1,
    "jobs": 2,
    "used": 2,
    "note": None,
    "points": 2,
    "n": 1,
    "steps": [0, 9],
    "bands": {"50": [1.5, None]},
    "lines": [7],
}


def body(header: Any = HEADER, values: tuple[float, ...] = (0.5, math.nan)) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + struct.pack(f"<{len(values)}f", *values)


def add(experiment: Experiment, losses: list[float], status: str = "DONE") -> None:
    experiment.add_job(status=status, results={"loss": losses[-1], "losses": losses})


@pytest.fixture
def filled(experiment: Experiment) -> Experiment:
    """Three jobs, the second of which ended early, and the first of which is the best."""
    for losses in ([3.0, 2.0, 1.0], [5.0, 4.5], [4.0, 3.0, 2.0]):
        add(experiment, losses)
    return experiment


def test_curves_go_on_with_nan_where_a_job_has_ended(filled: Experiment) -> None:
    found = filled.curves("losses")
    assert (found.jobs, found.used, found.note) == (3, 3, None)
    assert list(found.steps) == [0, 1, 2]
    assert list(found.lines) == [2, 3, 1]
    assert found.lines[1] == [3, 2, 1]
    assert found.lines[2][:2] == [5, 4.5]
    assert math.isnan(found.lines[2][2])


def test_bands_tell_of_those_that_got_there(filled: Experiment) -> None:
    found = filled.curves("results.losses", lines=1)
    assert list(found.lines) == [1]
    assert list(found.bands) == [5, 25, 50, 75, 95]
    assert found.bands[50][:2] == [4, 3]
    assert (found.bands[5][2], found.bands[95][2]) == (1, 2)


def test_a_table_has_a_column_for_each_job_and_a_row_for_each_step(filled: Experiment) -> None:
    frame = filled.curves("losses").to_dataframe()
    assert (frame.index.name, list(frame.index)) == ("step", [0, 1, 2])
    assert (frame.columns.name, list(frame.columns)) == ("job", [2, 3, 1])
    assert frame.loc[1, 2] == 4.5
    assert frame.isna().sum().sum() == 1


def test_a_notebook_sees_where_half_of_the_jobs_are(filled: Experiment) -> None:
    found = filled.curves("losses")
    assert repr(found).splitlines()[:2] == [
        "Curves of losses, 3 jobs",
        "  step 0  median 4, half from 3 to 5",
    ]
    assert "half from 3 to 5" in found._repr_html_()


def test_a_filter_says_whose_curves(filled: Experiment) -> None:
    add(filled, [9.0], status="RUNNING")
    assert filled.curves("losses").used == 4
    assert list(filled.curves("losses", filter="status:done loss<2").lines) == [1]


def test_a_single_job_is_a_curve_too(experiment: Experiment) -> None:
    add(experiment, [0.5])
    found = experiment.curves("losses")
    assert (found.lines, found.bands[5], found.bands[95]) == ({1: [0.5]}, [0.5], [0.5])


def test_where_nothing_is_a_list_a_note_says_so(filled: Experiment) -> None:
    found = filled.curves("loss")
    assert (found.used, found.lines, found.bands, list(found.steps)) == (0, {}, {}, [])
    assert "No job has a list of numbers" in repr(found)
    assert found.to_dataframe().empty


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"result": "losse"}, r"Did you mean 'results\.loss"),
        ({"result": ""}, "say which one"),
        ({"result": "number"}, "is no result"),
        ({"result": "losses", "lines": 0}, "whole number from 1 to 5000"),
        ({"result": "losses", "lines": 5001}, "whole number from 1 to 5000"),
        ({"result": "losses", "filter": "loss<few"}, "needs a number"),
    ],
)
def test_what_can_not_be_asked_is_said(
    filled: Experiment, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(errors.ClientRequestError, match=said):
        filled.curves(**arguments)


def test_bytes_are_read_as_they_are_described(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(200, body({**HEADER, "more": 1})))
    found = remote.curves("loss curve", filter="lr<1", lines=3)
    assert peer.seen[0].path.endswith("analysis/curves/?result=loss+curve&lines=3&f=lr%3C1")
    assert list(found.lines) == [7]
    assert [repr(each) for each in (*found.lines[7], *found.bands[50])] == [
        *("0.5", "nan", "1.5", "nan"),
    ]


def test_a_busy_server_is_asked_again(peer: Peer, remote: Experiment) -> None:
    peer.will(reply(503, "busy", Retry_After="1"), reply(200, body()))
    assert remote.curves("losses").used == 2


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"{}", b"[]", body()[:3], body()[:20], body()[:-1], body() + b"\0" * 4),
        *(body(3), body([]), body({}), body({**HEADER, "bands": []})),
        *(body({**HEADER, "bands": {"few": []}}), body({**HEADER, "lines": None})),
        body()[:-1].replace(b"{", b"\xff", 1),
    ],
)
def test_another_kind_of_answer_is_an_error(peer: Peer, remote: Experiment, answer: bytes) -> None:
    peer.will(reply(200, answer))
    with pytest.raises(errors.UnhandledResponseError, match="no curves"):
        remote.curves("losses")


@pytest.mark.parametrize("steps", [0, 1, 9, 10, 11, 200])
def test_of_many_steps_ten_are_shown_the_first_and_the_last(steps: int) -> None:
    found = list(some_of(steps))
    assert len(found) == min(steps, 10)
    assert found == sorted(set(found))
    assert not steps or (found[0], found[-1]) == (0, steps - 1)
