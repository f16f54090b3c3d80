"""Commands for what people write on experiments and jobs: tag, untag, note."""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from schedy import Experiment, Job, errors
from schedy.cli.failures import FAILED, OK, CommandFailed
from schedy.cli.options import Commands, Parser, add_command, experiment_argument
from schedy.cli.output import is_terminal, note, put, put_json
from schedy.cli.records import experiment_json, job_json
from schedy.cli.session import experiment_of, job_of
from schedy.cli.text import clean

__all__ = ["add_commands"]

_CONFLICT = 409
_EDITORS = ("VISUAL", "EDITOR")
_COMMAND_NOT_FOUND = 127


def add_commands(commands: Commands) -> None:
    """Add the commands of this module."""
    tag = add_command(
        commands,
        "tag",
        _tag,
        summary="Tag an experiment, or some of its jobs.",
        description=(
            "A tag is a word to find things by: tag:gpu in a filter. It has at most 64\n"
            "characters, without spaces and commas. Workers are not disturbed by it."
        ),
        examples=(
            "  schedy tag mnist baseline paper\n"
            "  schedy tag mnist odd --job bqkvw7zt3x --job 7xk2mq9a4c\n"
            "  schedy act mnist tag odd -f 'loss>10'     many jobs at once"
        ),
    )
    untag = add_command(
        commands,
        "untag",
        _untag,
        summary="Take tags off an experiment, or off some of its jobs.",
        examples="  schedy untag mnist paper\n  schedy untag mnist odd --job bqkvw7zt3x",
    )
    for command in (tag, untag):
        experiment_argument(command)
        command.add_argument("tags", metavar="TAG", nargs="+", help="the tags")
        command.add_argument(
            "--job", metavar="JOB", action="append", default=[], help="id of a job; again for more"
        )
        _add_reason(command)
    _add_note(commands)


def _add_note(commands: Commands) -> None:
    command = add_command(
        commands,
        "note",
        _note,
        summary="Show or write the note on an experiment, or on a job.",
        description=(
            "Notes are Markdown. On a terminal, --edit opens what VISUAL or EDITOR names; -m\n"
            "takes the note from the command line, and `-m -` from standard input."
        ),
        examples=(
            "  schedy note mnist\n  schedy note mnist --edit\n"
            '  schedy note mnist bqkvw7zt3x -m "The *first* one that converged."\n'
            "  schedy note mnist -m - < README.md"
        ),
    )
    experiment_argument(command)
    command.add_argument("job", metavar="JOB", nargs="?", help="id of the job")
    how = command.add_mutually_exclusive_group()
    how.add_argument("-e", "--edit", action="store_true", help="write it in an editor")
    how.add_argument("-m", "--message", metavar="TEXT", help="the note; - reads standard input")
    _add_reason(command)


def _add_reason(command: Parser) -> None:
    command.add_argument("--reason", metavar="TEXT", help="why, for those who read the log")


def _tag(args: argparse.Namespace) -> int:
    for each in (things := _things(args)):
        each.tag(*args.tags, reason=args.reason)
    return _told(args, things)


def _untag(args: argparse.Namespace) -> int:
    for each in (things := _things(args)):
        each.untag(*args.tags, reason=args.reason)
    return _told(args, things)


def _things(args: argparse.Namespace) -> list[Experiment | Job]:
    experiment = experiment_of(args)
    jobs: list[Experiment | Job] = [job_of(experiment, job_id) for job_id in args.job]
    return jobs or [experiment]


def _told(args: argparse.Namespace, things: list[Experiment | Job]) -> int:
    if args.json:
        put_json([_as_json(each) for each in things] if args.job else _as_json(things[0]))
        return OK
    for each in things:
        name = clean(each.job_id if isinstance(each, Job) else each.name)
        tags = " ".join(each.tags)
        if is_terminal():
            put(f"{name}: {tags or 'no tags'}")
        else:
            put(f"{name}\t{tags}")
    return OK


def _note(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    what: Experiment | Job = experiment if args.job is None else job_of(experiment, args.job)
    before = what.note
    text = _written(args, before)
    if text is None:
        return _shown(args, what)
    if text == before:
        note("The note is as it was.")
        return OK
    try:
        what.set_note(text, before=before if args.edit else None, reason=args.reason)
    except errors.ClientRequestError as error:
        if error.code != _CONFLICT:
            raise
        kept = _kept(text)
        note(f"Somebody else changed the note meanwhile; yours is kept in {kept}.")
        return FAILED
    if args.json:
        put_json(_as_json(what))
    return OK


def _shown(args: argparse.Namespace, what: Experiment | Job) -> int:
    if args.json:
        put_json({"note": what.note})
    elif what.note:
        put(what.note.rstrip("\n"))
    elif is_terminal():
        note("There is no note yet: --edit writes one.")
    return OK


def _written(args: argparse.Namespace, before: str) -> str | None:
    """Return the note that is to be; None if it is only to be shown."""
    if args.edit:
        return _edited(before)
    if args.message == "-":
        return sys.stdin.read()
    message: str | None = args.message
    return message


def _edited(before: str) -> str:
    editor = next((os.environ[name] for name in _EDITORS if os.environ.get(name)), "vi")
    with tempfile.TemporaryDirectory(prefix="schedy-note-") as folder:
        file = Path(folder) / "note.md"
        file.write_text(before, "utf-8")
        try:
            command = [*shlex.split(editor), str(file)]
            code = subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own
        except OSError:
            code = _COMMAND_NOT_FOUND
        if code:
            raise CommandFailed(f"{editor!r} failed ({code}); the note is as it was.")
        # Editors end the last line, which the note need not.
        text = file.read_text("utf-8", "replace")
    return text.removesuffix("\n") if not before.endswith("\n") else text


def _kept(text: str) -> Path:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="schedy-note-", suffix=".md", delete=False
    ) as file:
        file.write(text)
    return Path(file.name)


def _as_json(what: Experiment | Job) -> dict[str, object]:
    return job_json(what) if isinstance(what, Job) else experiment_json(what)
