"""A file is short enough to be read in one sitting, says why it exists, and is finished."""

import ast
import re

from tests.architecture.tree import files, read

CODE = ("src", "tests", "examples", "benchmarks")
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X)\b")


def test_no_file_is_longer_than_400_lines() -> None:
    long = [path for path in files(".py", ".sql", under=CODE) if len(read(path).splitlines()) > 400]
    assert not long


def test_every_module_says_why_it_exists() -> None:
    modules = files(".py", under=("src", "examples", "benchmarks"))
    assert not [path for path in modules if not ast.get_docstring(ast.parse(read(path)))]


def test_nothing_is_left_for_later() -> None:
    everything = files(".py", ".sql", ".md", ".sh", ".yml", under=(*CODE, "docs", "scripts"))
    assert not [path for path in everything if UNFINISHED.search(read(path))]
