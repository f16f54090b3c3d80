"""The page of the commands, from their parsers; what argparse prints changes with Python."""

import argparse
from collections.abc import Iterator

from schedy.cli.parser import build_parser
from schedy_server.cli import parser as build_server_parser
from schedy_server.settings import OPTIONS
from scripts.reference.markdown import MADE, block, code, table, whole

_ABOUT = """\
Two commands: `schedy` is for those who search, `schedy-server` for those who run the server.
`--help` says the same as this page, after each of them.
"""
_SETTINGS = {option.flag: option.name for option in OPTIONS} | {"--config": "config"}


def page() -> str:
    """Return the page."""
    parsers = (build_parser(), build_server_parser())
    parts = [part for parser in parsers for part in _parts(parser, level=2)]
    return whole(MADE, "# Command line", _ABOUT, *parts)


def _parts(parser: argparse.ArgumentParser, *, level: int) -> Iterator[str]:
    yield f"{'#' * level} {parser.prog.replace(' EXPERIMENT', '')}"
    yield _described(parser)
    inner = _commands(parser)
    rows = list(_rows(parser))
    if rows:
        yield table(("argument", "meaning"), rows)
    yield _settings(parser)
    yield block(parser.epilog) if parser.epilog else ""
    for command in inner:
        yield from _parts(command, level=min(level + 1, 4))


def _described(parser: argparse.ArgumentParser) -> str:
    """Return the first paragraph as prose, and the rest to the character."""
    first, _, rest = (parser.description or "").partition("\n\n")
    if "\n" in first or not first:
        return block(parser.description) if parser.description else ""
    return f"{first}\n\n{block(rest)}" if rest else first


def _rows(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:  # noqa: SLF001  argparse has no public way to look at a parser
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):  # noqa: SLF001
            continue
        if not _is_setting(parser, action):
            yield code(_usage(action)), (action.help or "") % {}


def _settings(parser: argparse.ArgumentParser) -> str:
    names = [
        action.option_strings[0]
        for action in parser._actions  # noqa: SLF001  as above
        if _is_setting(parser, action)
    ]
    if not names:
        return ""
    if len(names) > len(OPTIONS):
        return "It takes all [settings](settings.md) as options, and `--config FILE`."
    return f"[Settings](settings.md) that it takes: {', '.join(map(code, names))}."


def _is_setting(parser: argparse.ArgumentParser, action: argparse.Action) -> bool:
    return parser.prog.startswith("schedy-server") and any(
        option in _SETTINGS for option in action.option_strings
    )


def _usage(action: argparse.Action) -> str:
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    metavar = str(action.metavar or action.dest.upper())
    if action.choices is not None:
        metavar = "{" + ",".join(map(str, action.choices)) + "}"
    if action.nargs == argparse.OPTIONAL:
        metavar = f"[{metavar}]"
    elif action.nargs == argparse.ONE_OR_MORE:
        metavar = f"{metavar} …"
    return f"{names} {metavar}".strip()


def _commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001  as above
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices.values()
