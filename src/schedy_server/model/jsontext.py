"""JSON as Schedy's users write it: Python's dialect, kept to the last character.

Beyond RFC 8259, the bare words NaN, Infinity and -Infinity are values, and integers may have any
number of digits. What users own is kept as the text they sent; values are for looking into.
"""

import json
import math
import re
from typing import Any

import msgspec

from schedy_server.model.errors import Invalid
from schedy_server.model.payload import Payload

DEEPEST = 100
# A string that never ends goes on to the end: looking for another one behind each of its quotes
# would take quadratic time.
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE = re.compile(r"[ \t\n\r]*")


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        # Python refuses thousands of digits, because reading them takes quadratic time. The text
        # is kept; whoever looks at the value sees that it is beyond every bound.
        return -math.inf if digits.startswith("-") else math.inf


def _float(digits: str) -> float:
    # The decoder, which is C, holds up all other threads, for most of a second where a body is as
    # large as can be; a function of Python lets them in between two numbers.
    return float(digits)


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_float)
_STRICT = json.JSONDecoder(parse_float=_float)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def loads(text: str) -> Any:
    """Return the value of JSON text that is known to be well-formed."""
    return _DECODER.decode(text)


def has_halves(text: str) -> bool:
    """Tell whether JSON text may hold half of a surrogate pair."""
    return _SURROGATE.search(text) is not None


def readable(value: Any) -> Any:
    r"""Return a value whose texts can be shown and sent: halves of surrogate pairs are spelled out.

    Python calls a file so whose name is not UTF-8, and users store such names. The text of a job
    keeps them; where jobs are looked into, `caf\udce9` is six characters instead of one.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [readable(each) for each in value]
    if isinstance(value, dict):
        return {readable(name): readable(each) for name, each in value.items()}
    return value


def parse(body: bytes) -> Any:
    """Return the value of a request's body of which no text is kept.

    Raises:
        Invalid: It is no JSON text, too deeply nested, has an integer of thousands of digits, or
            half of a surrogate pair.
    """
    text = _checked(body)
    if _SURROGATE.search(text):
        _refuse_halves(text)
    try:
        return _STRICT.decode(text)
    except (ValueError, RecursionError) as error:
        raise _malformed(error) from error


def parse_object(body: bytes, *, inside: str | None = None) -> dict[str, Payload | Any]:
    """Return the members of a JSON object; those that are objects themselves keep their text.

    Args:
        inside: The member of this name is a list of objects whose members keep theirs.

    Raises:
        Invalid: It is no JSON object, or too deeply nested.
    """
    text = _checked(body)
    try:
        start = _skip(text, 0)
        if not text.startswith("{", start):
            _DECODER.decode(text)
            raise Invalid("The body has to be a JSON object.")
        members, end = _members(text, start, inside=inside)
        _expect_end(text, end)
    except (ValueError, RecursionError) as error:
        raise _malformed(error) from error
    return members


def slices(text: str) -> dict[str, str]:
    """Return the text of each member of an object that is known to be well-formed."""
    try:
        return {name: str(raw, "utf-8") for name, raw in _MEMBERS.decode(text).items()}
    except msgspec.DecodeError:  # what only Python's dialect knows, such as NaN
        return _slices(text)


def _slices(text: str) -> dict[str, str]:
    texts = {}
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        texts[name] = text[start:end]
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return texts


def _checked(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"The body is not UTF-8 text (byte {error.start}).") from error
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        raise Invalid(f"The JSON is nested more than {DEEPEST} levels deep.")
    return text


def _refuse_halves(text: str) -> None:
    try:
        json.dumps(_STRICT.decode(text), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Invalid("The JSON holds half of a surrogate pair, which is no character.") from error
    except (ValueError, RecursionError) as error:
        raise _malformed(error) from error


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
    return deepest


def _members(
    text: str, at: int, *, inside: str | None = None
) -> tuple[dict[str, Payload | Any], int]:
    """Read the object that starts here; return its members, and where it ends."""
    members: dict[str, Payload | Any] = {}
    at = _skip(text, at + 1)
    if text.startswith("}", at):
        return members, at + 1
    while True:
        if not text.startswith('"', at):
            raise json.JSONDecodeError(
                "Expecting property name enclosed in double quotes", text, at
            )
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _expect(text, _skip(text, at), ":"))
        members[name], at = _objects(text, at) if name == inside else _value(text, at)
        at = _skip(text, at)
        if text.startswith("}", at):
            return members, at + 1
        at = _skip(text, _expect(text, at, ","))


def _value(text: str, start: int) -> tuple[Payload | Any, int]:
    value, end = _DECODER.raw_decode(text, start)
    return (Payload(text[start:end], value) if isinstance(value, dict) else value), end


def _objects(text: str, at: int) -> tuple[Any, int]:
    """Read a list of objects, which keep the text of their members."""
    if not text.startswith("[", at):
        return _value(text, at)
    items: list[Any] = []
    at = _skip(text, at + 1)
    if text.startswith("]", at):
        return items, at + 1
    while True:
        item, at = _members(text, at) if text.startswith("{", at) else _value(text, at)
        items.append(item)
        at = _skip(text, at)
        if text.startswith("]", at):
            return items, at + 1
        at = _skip(text, _expect(text, at, ","))


def _expect(text: str, at: int, delimiter: str) -> int:
    if not text.startswith(delimiter, at):
        raise json.JSONDecodeError(f"Expecting {delimiter!r} delimiter", text, at)
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _expect_end(text: str, at: int) -> None:
    at = _skip(text, at)
    if at != len(text):
        raise json.JSONDecodeError("Extra data", text, at)


def _malformed(error: Exception) -> Invalid:
    if isinstance(error, json.JSONDecodeError):
        return Invalid(
            f"The body is no JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        )
    if isinstance(error, RecursionError):
        return Invalid("The JSON is nested too deeply.")
    return Invalid("The JSON holds an integer with more digits than are taken here.")
