"""Which jobs somebody wants to see: one small language for tables, charts and exports.

    status:done lr<1e-3 optimizer=adam worker~gpu "crashed early"

Terms are parted by spaces and all have to hold. A term is a field, an operator and a value, or a
word that has to occur in the id or in the reason. `field:a,b` is one of several; `=` and `!=`
compare, `~` looks for a piece of text, `<`, `<=`, `>` and `>=` compare numbers. Fields and values
with spaces stand in double quotes, and so do values with commas where there may be several; lists
may be written with or without spaces. A job without the field, or with null in it, matches nothing
but `!=` and `=null`. Of several tags, one is enough; `tag!=gpu` wants none of them to be it.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schedy_server.model.errors import Invalid
from schedy_server.model.jobs import Status
from schedy_server.model.jsontext import loads

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ONE = rf"(?:{_QUOTED}(?=[,\s]|$)|[^\s,]*)"
_TERM = re.compile(
    rf"""\s*(?:
        (?P<field>{_QUOTED}(?=[:=!<>~])|[^\s:=!<>~"]+)
            (?P<operator><=|>=|!=|[:=<>~])(?P<value>{_ONE}(?:,{_ONE})*)
        |(?P<word>{_QUOTED}|\S+)
    )""",
    re.VERBOSE,
)
_PARTED = re.compile(rf"({_ONE})(?:,|$)")
_LONGEST = 4000
_EXACT = {":", "=", "!="}
_NOTHING = "null"
_STATUSES = [status.value.lower() for status in Status]
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        field: None for a word that may occur anywhere.
        values: One, or for `:` those of which one is enough.
    """

    field: str | None
    operator: str
    values: tuple[str, ...]

    @property
    def value(self) -> str:
        """The only value, or the first of several."""
        return self.values[0]

    def occurs_in(self, words: str) -> bool:
        """Tell whether a job with these words has the one that is looked for."""
        return self.value.casefold() in words.casefold()

    def test(self) -> Callable[[Any], bool]:
        """Return what tells whether a value of the field is wanted, quick with many values."""
        return _ordered(self) if self.operator in _ORDERED else _remembering(self)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that all have to hold; none is true of every job."""

    terms: Sequence[Term] = ()

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Read a filter.

        Raises:
            Invalid: It can't be understood; the message says what.
        """
        if len(text) > _LONGEST:
            raise Invalid(f"f: a filter has at most {_LONGEST} characters.")
        terms = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TERM.match(text, at)
            if match is None:
                raise Invalid(f"f: can't read the filter from {text[at : at + 20]!r} on.")
            terms.append(_term(match))
            at = match.end()
        return cls(tuple(terms))

    def matches(self, look_up: Callable[[str], Any], words: Callable[[], str]) -> bool:
        """Tell whether a job is wanted.

        Args:
            look_up: Returns the value of one of its fields, None if it has none.
            words: Returns its text, in which single words are looked for.
        """
        return all(_holds(term, look_up, words) for term in self.terms)


def _term(match: re.Match[str]) -> Term:
    if match["word"] is not None:
        return Term(None, "~", (_unquoted(match["word"]),))
    field, symbol = _unquoted(match["field"]), match["operator"]
    values = _values(match["value"]) if symbol == ":" else (_unquoted(match["value"]),)
    if symbol in _ORDERED and _number(values[0]) is None:
        raise Invalid(f"f: {field}{symbol} needs a number, not {values[0]!r}.")
    if field == "status" and symbol in _EXACT:
        _refuse_strange_statuses(values)
    return Term(field, symbol, values)


def _values(text: str) -> tuple[str, ...]:
    if _is_list(text):
        return (text,)
    # What follows the last one is found as one more that is empty.
    return tuple(_unquoted(one) for one in _PARTED.findall(text))[: -1 if text else None]


def _refuse_strange_statuses(values: Sequence[str]) -> None:
    for each in values:
        if each.lower() not in _STATUSES:
            raise Invalid(f"f: there is no status {each!r}, only {', '.join(_STATUSES)}.")


def _unquoted(text: str) -> str:
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _holds(term: Term, look_up: Callable[[str], Any], words: Callable[[], str]) -> bool:
    return term.occurs_in(words()) if term.field is None else term.test()(look_up(term.field))


def _ordered(term: Term) -> Callable[[Any], bool]:
    compare, bound = _ORDERED[term.operator], float(term.value)

    def holds(value: Any) -> bool:
        if type(value) is float:
            return compare(value, bound)
        number = _number(value)
        return number is not None and compare(number, bound)

    return holds


def _remembering(term: Term) -> Callable[[Any], bool]:
    """Few texts stand for many jobs: each is looked at once."""
    wanted = [_spelled(one) for one in term.values]
    known: dict[str, bool] = {}

    def holds(value: Any) -> bool:
        values = value if isinstance(value, tuple) else (value,)
        if term.operator == "~":
            return any(_contains(one, term.value) for one in values)
        found = any(_equals(one, each) for one in values for each in wanted)
        return found is (term.operator != "!=")

    def remembered(value: Any) -> bool:
        if type(value) is not str:
            return holds(value)
        found = known.get(value)
        if found is None:
            found = known[value] = holds(value)
        return found

    return remembered


def _spelled(text: str) -> str:
    """Return a list or an object as it is compared, however it is written."""
    return json.dumps(loads(text)) if _is_list(text) else text


def _is_list(text: str) -> bool:
    if text[:1] not in {"[", "{"}:
        return False
    try:
        loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _contains(value: Any, piece: str) -> bool:
    return value is not None and piece.casefold() in _text(value).casefold()


def _equals(value: Any, wanted: str) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if str(value) == wanted:  # also of more digits than a float tells apart
            return True
        number = _number(wanted)
        return number is not None and (value == number or str(value) == str(number) == "nan")
    if value is None:
        return wanted == _NOTHING
    return _spelled(_text(value)).casefold() == wanted.casefold()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
