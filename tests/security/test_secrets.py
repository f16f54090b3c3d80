"""Secrets are looked up by their digest, or compared in constant time."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import jwt.algorithms
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.secrets import same_secret
from tests.architecture.tree import files, read

# What variables and attributes are called that hold a secret as somebody showed or keeps it.
SECRETS = {"bearer", "code", "credential", "lease_id", "password", "secret", "signature", "token"}
COMPARING = (ast.Eq, ast.NotEq)
# Codes and tokens that are none: of an exit, of a page.
HARMLESS = {"src/schedy_server/cli", "src/schedy_server/succession.py"}


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def comparisons(source: str) -> Iterator[str]:
    """Yield the comparisons of secrets that may tell by their time how much was right."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], COMPARING):
            both = {name_of(node.left), *map(name_of, node.comparators)}
            if both & SECRETS:
                yield ast.unparse(node)


def judged() -> Iterator[Path]:
    for path in files(".py", under=("src/schedy_server",)):
        if not any(str(path).startswith(each) for each in HARMLESS):
            yield path


@pytest.mark.parametrize("line", ["a.lease_id == x", "x != token"])
def test_a_comparison_that_gives_something_away_is_found(line: str) -> None:
    assert list(comparisons(line)) == [line]


def test_no_secret_is_compared_piece_by_piece() -> None:
    assert not [(str(path), each) for path in judged() for each in comparisons(read(path))]


def test_signatures_of_sessions_are_compared_in_constant_time() -> None:
    assert "compare_digest" in inspect.getsource(jwt.algorithms.HMACAlgorithm.verify)


@given(st.text(st.characters()), st.text(st.characters()))
def test_a_secret_is_the_same_as_itself_alone(one: str, other: str) -> None:
    assert same_secret(one, one)
    assert same_secret(one, other) == (one == other)
    assert not same_secret(None, one)
