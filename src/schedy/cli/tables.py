"""Rows and columns: what a list of experiments or jobs looks like."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schedy.cli.failures import WrongUse, did_you_mean
from schedy.cli.text import clean, shown

__all__ = [
    "HYPERPARAMETER",
    "OWN",
    "RESULT",
    "Key",
    "Record",
    "Table",
    "aligned",
    "boxed",
    "labels",
    "paragraph",
]

OWN, HYPERPARAMETER, RESULT = "schedy", "hyperparameter", "result"

_GAP = "  "


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A column: a hyperparameter, a result, or something that Schedy itself knows.

    Attributes:
        kind: `schedy`, `hyperparameter` or `result`.
    """

    kind: str
    name: str

    @property
    def full(self) -> str:
        """The name that no other column has."""
        return f"{self.kind}.{self.name}"


Record = Mapping[Key, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Records with the columns that occur in them, in the order of their first occurrence."""

    columns: Sequence[Key]
    records: Sequence[Record]

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Table":
        """Gather records into a table."""
        kept = list(records)
        columns = dict.fromkeys(key for record in kept for key in record)
        return cls(list(columns), kept)

    @property
    def cells(self) -> list[list[Any]]:
        """The values, row by row; None where a record has none."""
        return [[record.get(key) for key in self.columns] for record in self.records]

    def only(self, names: Sequence[str]) -> "Table":
        """Return the table with these columns, in this order.

        Raises:
            WrongUse: There is no such column, or several.
        """
        return Table([self.column(name) for name in names], self.records)

    def sorted(self, names: Sequence[str], *, decreasing: bool) -> "Table":
        """Return the table sorted by one column, within that by the next; gaps come last.

        Raises:
            WrongUse: There is no such column, or several.
        """
        records = list(self.records)
        for name in reversed(names):
            key = self.column(name)
            present = [each for each in records if each.get(key) is not None]
            absent = [each for each in records if each.get(key) is None]
            present.sort(key=lambda each: _rank(each[key]), reverse=decreasing)
            records = present + absent
        return Table(self.columns, records)

    def column(self, name: str) -> Key:
        """Return the column with this name, in full or for short.

        Raises:
            WrongUse: There is no such column, or several.
        """
        # Names in full, as the server's API has them too: hyperparameters.x.
        plural = {f"{key.kind}s.{key.name}": key for key in self.columns}
        full = {key.full: key for key in self.columns}
        short = [key for key in self.columns if key.name == name]
        if name in full or name in plural:
            return full.get(name) or plural[name]
        if len(short) == 1:
            return short[0]
        if short:
            raise WrongUse(
                f"{name!r} may be {' or '.join(repr(key.full) for key in short)}: say which."
            )
        known = [*full, *(key.name for key in self.columns)]
        raise WrongUse(f"There is no field {name!r}.{did_you_mean(name, known)}")


def labels(columns: Sequence[Key]) -> list[str]:
    """Return names for columns; in full where two would have the same."""
    names = [key.name for key in columns]
    return [clean(key.full if names.count(key.name) > 1 else key.name) for key in columns]


def paragraph(record: Record, columns: Sequence[Key]) -> str:
    """Return one line for each value of a record, named as in a table with these columns."""
    named = zip(labels(columns), columns, strict=True)
    return "\n".join(
        f"{label}: {shown(record[key])}" for label, key in named if record.get(key) is not None
    )


def aligned(rows: Sequence[Sequence[Any]]) -> str:
    """Return rows without headers, in columns two spaces apart."""
    texts = [[shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(_GAP.join(map(str.ljust, row, widths)).rstrip() for row in texts)


def boxed(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table with lines around it; columns of numbers line up at the decimal point."""
    columns = [_column(header, [row[at] for row in rows]) for at, header in enumerate(headers)]
    lines = ["| " + " | ".join(line) + " |" for line in zip(*columns, strict=True)]
    strokes = ["-" * (len(column[0]) + 2) for column in columns]
    edge = f"+{'+'.join(strokes)}+"
    return "\n".join([edge, lines[0], f"|{'+'.join(strokes)}|", *lines[1:], edge])


def _column(header: str, values: Sequence[Any]) -> list[str]:
    """Return the header and the cells, all equally wide."""
    texts = [shown(value) for value in values]
    numeric = any(map(_is_number, values)) and all(v is None or _is_number(v) for v in values)
    if numeric:
        behind = max(len(_behind_the_point(text)) for text in texts)
        texts = [text + " " * (behind - len(_behind_the_point(text))) for text in texts]
    width = max(len(text) for text in (header, *texts))
    pad = str.rjust if numeric else str.ljust
    return [pad(text, width) for text in (header, *texts)]


def _behind_the_point(text: str) -> str:
    _, point, rest = text.partition(".")
    return point + rest


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rank(value: Any) -> tuple[int, Any]:
    """Return what sorts a value among others of any type: numbers, NaN, text, all else."""
    if isinstance(value, int | float):
        return (0, value) if value == value else (1, 0)  # noqa: PLR0124 - NaN alone differs
    return (2, value) if isinstance(value, str) else (3, str(value))
