"""The language of filters: what it says, and what it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.errors import Invalid
from schedy_server.service.filters import Filter

JOB: Mapping[str, Any] = {
    "id": "bqk7",
    "status": "DONE",
    "lr": 0.001,
    "layers": 3,
    "optimizer": "Adam W",
    "nesterov": True,
    "loss": float("nan"),
    "huge": float("inf"),
    "widths": "[64,32]",
    "the crop": "top, left",
    "long": 123456789012345678901234567890,
}


def fits(text: str) -> bool:
    return Filter.parse(text).matches(JOB.get, lambda: JOB["id"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "status:done",
        "status:crashed,done",
        "lr<1e-2 lr>=0.001",
        "layers=3",
        "layers=3.0",
        'optimizer="adam w"',
        "optimizer~adam",
        "nesterov=true",
        "loss=nan",
        "huge>1e300",
        "missing!=1",
        "missing=null",
        "missing:1,null",
        "lr!=null",
        "long=123456789012345678901234567890",
        "long<1e30",
        "qk7",
        '"bqk7"',
        "widths=[64,32]",
        'widths="[64, 32]"',
        "widths!=[64]",
        "widths:[64,32]",
        'widths:"[64, 32]",[1]',
        '"the crop"="top, left"',
        '"the crop":"top, left"',
        '"the crop":centre,"top, left" status:done',
        '"the crop"~left',
        'optimizer:sgd,"adam w"',
    ],
)
def test_a_job_that_fits_is_found(text: str) -> None:
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        "status:crashed",
        "lr<1e-4",
        "layers!=3",
        "missing=1",
        "missing!=null",
        "lr=null",
        "long=123456789012345678901234567891",
        "missing<1",
        "missing~a",
        "optimizer<3",
        "loss<1",
        "loss>1",
        "nesterov>0",
        "status:done layers=4",
        "zzz",
        "widths=[32,64]",
        "widths=[64,32",
        '"the crop":top,left',
        '"the crop":"top,left"',
        '"no crop"=top',
        "missing:,a",
    ],
)
def test_a_job_that_does_not_fit_is_not(text: str) -> None:
    assert not fits(text)


@pytest.mark.parametrize("text", ["lr<", "lr<abc", "a" * 4001, "status:dun", "status=done,dun"])
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^f: "):
        Filter.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        wanted = Filter.parse(text)
    except Invalid:
        return
    assert wanted.matches(JOB.get, lambda: "bqk7") in {True, False}


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
def test_a_quoted_value_is_taken_as_it_is(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    (term,) = Filter.parse(f'name="{quoted}"').terms
    assert (term.field, term.value) == ("name", value)
