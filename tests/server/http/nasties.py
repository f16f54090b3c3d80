"""What nobody in their right mind sends: bodies, names, headers and queries."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.server.http.described import SCHEMAS, operations

DEEP = 100_000
NASTY_JSON = [
    "NaN",
    "-Infinity",
    "1e999",
    "-1e999",
    "1E400",
    "-0",
    "5e-324",
    "0.1000000000000000055511151231257827",
    str(2**53 + 1),
    str(2**63),
    str(-(2**63) - 1),
    str(2**70),
    "1" * 5_000,
    "-" + "9" * 5_000,
    '""',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"😀 \u202e\u2028"',
    "\"=cmd|' /C calc'!A0\"",
    '"' + "x" * 10_000 + '"',
    "[]",
    "{}",
    "[[]]",
    '{"": 1}',
    '{"a": 1, "a": 2}',
    '{"\\ud800": 1}',
    '{"\\u0000": 1}',
    '{"__proto__": {}, "constructor": 1}',
    "[" * 90 + "]" * 90,
    "[" * 101 + "]" * 101,
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    "[" * DEEP,
    "null",
    "true",
    "-",
    "+1",
    "01",
    "1.",
    ".5",
    "1e",
    "0x10",
    "nan",
    "Inf",
    "'a'",
    '"\t"',
    '"\\x"',
    '"\\u12"',
    '"unterminated',
    '\\"' * 1_000,
    "[1,]",
    '{"a":1,}',
    "{1: 2}",
    "/* comment */ 1",
    "1 2",
    "\ufeff1",
    "\u00a01",
]


def json_texts() -> st.SearchStrategy[str]:
    """JSON, and what looks like it."""
    scalars = st.one_of(
        st.sampled_from(NASTY_JSON),
        st.integers().map(str),
        st.floats().map(repr),
        st.text(max_size=8).map(json.dumps),
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
            st.lists(st.tuples(st.text(max_size=3).map(json.dumps), inner), max_size=3).map(
                _object
            ),
        ),
        max_leaves=5,
    )


def bodies_of(operation: Mapping[str, Any]) -> st.SearchStrategy[bytes]:
    """Bodies with the right keys and wrong values, and such that are wrong from the start."""
    [schema, *_] = (each["schema"] for each in operation["requestBody"]["content"].values())
    properties = SCHEMAS[schema["$ref"].rpartition("/")[2]]["properties"]
    example = next(iter(operation["requestBody"]["content"].values()))["example"]
    members = [
        st.tuples(
            st.just(json.dumps(name)),
            st.one_of(
                st.just(json.dumps(example[name])) if name in example else json_texts(),
                json_texts(),
            ),
        )
        for name in properties
    ]
    objects = st.lists(st.one_of(members), max_size=len(members) + 1).map(_object)
    return st.one_of(objects.map(_encoded), json_texts().map(_encoded), st.binary(max_size=40))


def requests_with_bodies() -> st.SearchStrategy[tuple[str, str, bytes]]:
    """Method, path and body."""
    each = [
        st.tuples(st.just(method), st.just(path), bodies_of(operation))
        for path, method, operation in operations()
        if "requestBody" in operation
    ]
    return st.one_of(each)


NASTY_NAMES = [
    b"x",
    b"j",
    b".",
    b"..",
    b"%2e%2e",
    b"%2F",
    b"a%2Fb",
    b"a%252Fb",
    b"%00",
    b"a%00b",
    b"%0A",
    b"%7F",
    b"%FF",
    b"%C3",
    b"%ED%A0%80",
    b"%",
    b"%zz",
    b"%E2%80%AE",
    b"cafe%CC%81",
    b"caf%C3%A9",
    b"\xff",
    b"x" * 501,
    b"x" * 10_000,
    b"%F0%9F%98%80" * 501,
    b"'; DROP TABLE job; --",
    b"+",
    b"%20",
    b"~a",
]


def names() -> st.SearchStrategy[bytes]:
    """Segments of a path."""
    return st.one_of(
        st.sampled_from(NASTY_NAMES),
        st.text(min_size=1, max_size=10).map(
            lambda text: quote(text, safe="", errors="surrogatepass").encode()
        ),
        st.binary(min_size=1, max_size=6).map(
            lambda raw: raw.replace(b"/", b"|").replace(b"?", b"!")
        ),
    )


NASTY_VALUES = [
    b"",
    b"*",
    b'"',
    b'""',
    b'"*"',
    b'W/"a.1.b"',
    b'"a.1.b", "c.2.d"',
    b'"a.999999999999999999.b"',
    b'"a.' + b"9" * 200 + b'.b"',
    b'"' * 10_000,
    b"a" * 10_000,
    b"\xff\xfe",
    b"a b",
    b"gzip",
    b"Bearer ",
    b"Bearer sdy_w_\xff",
    b"Bearer a.b.c",
    b"Bearer eyJhbGciOiJub25lIn0.e30.",
    b"application/x-www-form-urlencoded",
]
HEADERS = [
    b"if-match",
    b"if-none-match",
    b"idempotency-key",
    b"authorization",
    b"content-type",
    b"content-encoding",
    b"x-request-id",
    b"host",
    b"accept",
    b"range",
]


def headers() -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    values = st.one_of(st.sampled_from(NASTY_VALUES), st.binary(max_size=10))
    return st.lists(st.tuples(st.sampled_from(HEADERS), values), max_size=3)


NASTY_QUERIES = [
    b"",
    b"0",
    b"-1",
    b"1",
    b"1001",
    b"1.0",
    b"1e3",
    b"0x10",
    b"%D9%A3",
    b"%C2%B2",
    b"0" * 20 + b"5",
    b"0000000001" + b"0" * 5_000,
    b"9" * 5_000,
    b"DONE",
    b"done",
    b"best",
    b"-best",
    b"results.",
    b"-results.a",
    b"results.%00",
    b"hyperparameters.%ED%A0%80",
    b"csv",
    b"%00",
    b"%FF",
    b"WzAsIDEsIDJd",
    b"W10",
    b"MQ",
    b"bnVsbA",
    b"Il91ZDgwMCI",
    b"!",
    b"A",
    b"A" * 10_000,
    b"&&&=",
    b"a;b",
]
PARAMETERS = [b"limit", b"start", b"sort", b"status", b"format", b"prefix", b"code", b"q", b""]


def queries() -> st.SearchStrategy[bytes]:
    values = st.one_of(st.sampled_from(NASTY_QUERIES), st.binary(max_size=10))
    pairs = st.tuples(st.sampled_from(PARAMETERS), values).map(b"=".join)
    return st.lists(pairs, max_size=3).map(b"&".join)


def _object(members: Sequence[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
