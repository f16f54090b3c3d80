"""The page of what a training script imports, from docstrings and signatures as written."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import schedy
import schedy.analyses
import schedy.curves
import schedy.errors
import schedy.pbt
import schedy.random
from schedy.analysed import Analysed
from schedy.worded import Worded
from scripts.reference.markdown import MADE, block, whole

_ABOUT = """\
What `import schedy` offers. What is not on this page may change at any time.
"""
_MODULES = (schedy.random, schedy.pbt, schedy.analyses, schedy.curves, schedy.errors)
# What several classes can do.
_SHARED = (Worded, Analysed)
_SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields):")
_ENTRY = re.compile(r"(\*{0,2}\w+): (.*)")
_TITLES = {"Args": "Arguments"}

# What the modules of the client need of each other.
_PLUMBING = {
    "from_answer",
    "from_parameters",
    "from_wire",
    "learn",
    "position",
    "settings",
    "share",
    "unknown",
}


def page() -> str:
    """Return the page."""
    names = ["SchedyDB", *(name for name in schedy.__all__ if name != "SchedyDB")]
    top = (name for name in names if inspect.isclass(getattr(schedy, name)))
    parts = ["## schedy", *(part for name in top for part in _class(getattr(schedy, name)))]
    for module in _MODULES:
        first, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n\n")
        parts += [f"## {module.__name__}", first, block(inspect.cleandoc(rest)) if rest else ""]
        for name in module.__all__:
            kind = getattr(module, name)
            if inspect.isclass(kind):
                parts += _class(kind)
            elif isinstance(kind, str):
                parts += [f"### {name}", f"`{kind!r}`"]
    return whole(MADE, "# Python", _ABOUT, *parts)


def _class(kind: type) -> Iterator[str]:
    node = _node(kind)
    yield f"### {kind.__name__}"
    if not issubclass(kind, Exception):
        yield block(_made(node), "python")
    elif kind.__base__ is not None:
        yield f"A kind of `{kind.__base__.__name__}`."
    yield _docstring(node)
    shared = [base for base in _SHARED if base in kind.__bases__]
    for each in [*node.body, *(each for base in shared for each in _node(base).body)]:
        if isinstance(each, ast.FunctionDef) and _is_public(each):
            yield f"#### {kind.__name__}.{each.name}"
            if not _is_property(each):
                yield block(_signature(each.name, each), "python")
            yield _docstring(each)


def _node(kind: type) -> ast.ClassDef:
    source = Path(inspect.getsourcefile(importlib.import_module(kind.__module__)) or "")
    for each in ast.parse(source.read_text("utf-8")).body:
        if isinstance(each, ast.ClassDef) and each.name == kind.__name__:
            return each
    raise LookupError(kind)


def _is_public(node: ast.FunctionDef) -> bool:
    hidden = node.name.startswith("_") or node.name in _PLUMBING or _is(node, "abstractmethod")
    return not hidden and ast.get_docstring(node) is not None


def _is_property(node: ast.FunctionDef) -> bool:
    return _is(node, "property")


def _is(node: ast.FunctionDef, decorator: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == decorator for each in node.decorator_list)


def _made(node: ast.ClassDef) -> str:
    """Return how an object is made: by __init__, or by the fields of a dataclass."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            return _signature(node.name, each)
    fields = [
        f"{each.target.id}: {ast.unparse(each.annotation)}"
        + (f" = {ast.unparse(each.value)}" if each.value else "")
        for each in node.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and "ClassVar" not in ast.unparse(each.annotation)
        and "Protocol" not in [ast.unparse(base) for base in node.bases]
        and node.decorator_list
    ]
    return f"{node.name}({', '.join(fields)})" if fields else _inherited(node)


def _inherited(node: ast.ClassDef) -> str:
    for base in node.bases:
        name = ast.unparse(base)
        if hasattr(schedy, name):
            return _made(_node(getattr(schedy, name))).replace(name, node.name, 1)
    return node.name


def _signature(name: str, node: ast.FunctionDef) -> str:
    arguments = ast.unparse(node.args)
    given = re.sub(r"^(self|cls)(, )?", "", arguments)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{name}({given}){'' if node.name == '__init__' else returns}"


def _docstring(node: ast.ClassDef | ast.FunctionDef) -> str:
    """Return a docstring, its sections as lists."""
    lines: list[str] = []
    section = False
    for line in (ast.get_docstring(node) or "").splitlines():
        if found := _SECTION.fullmatch(line):
            lines += [f"{_TITLES.get(found[1], found[1])}:", ""]
            section = True
        elif section and (entry := _ENTRY.fullmatch(line.strip())) and not line.startswith(" " * 8):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif section and line.strip():
            lines.append(f"  {line.strip()}")
        else:
            lines.append(line)
    return "\n".join(lines)
