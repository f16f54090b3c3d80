"""`schedy-server verify`."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict

from schedy_server.cli.progress import shown_progress
from schedy_server.cli.sources import COMMON, Commands, add_settings, settings_of
from schedy_server.service.verify import Audited, Finding, verify
from schedy_server.storage.integrity import file_damages, open_books
from schedy_server.storage.sqlite_copy import Progress

_FOUND_SOMETHING = 1


def add_commands(commands: Commands) -> None:
    """Add the command to the command line."""
    command = commands.add_parser(
        "verify",
        help="compare every job with its audit trail, and count everything again",
        description="Compare every job with its audit trail, and count all again. Nothing is "
        "changed, and servers go on meanwhile. What is wrong is told in one line each; the exit "
        "code is 1 then.",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    add_settings(command, *COMMON)
    command.set_defaults(run=_verify)


def _verify(given: argparse.Namespace) -> int:
    audited = Audited()
    with shown_progress() as progress:
        findings = list(_findings(settings_of(given).database, audited, progress))
    if given.json:
        report = {"findings": [asdict(each) for each in findings], "audited": asdict(audited)}
        print(json.dumps(report, indent=2))  # noqa: T201
    else:
        for each in findings:
            print(each)  # noqa: T201
        print(_summary(audited, len(findings)))  # noqa: T201
    return _FOUND_SOMETHING if findings else 0


def _findings(url: str, audited: Audited, progress: Progress) -> Iterator[Finding]:
    damages = file_damages(url)
    if damages:
        # What such a file says of its jobs is not worth reading.
        yield from (Finding(f"the file is damaged: {damage}") for damage in damages)
        return
    with open_books(url) as books:
        yield from verify(books, audited, progress)


def _summary(audited: Audited, problems: int) -> str:
    verdict = "in order" if not problems else f"{problems:,} problems"
    return (
        f"{audited.experiments:,} experiments, {audited.jobs:,} jobs, "
        f"{audited.changes:,} changes: {verdict}."
    )
