"""The command export: all jobs of an experiment, as the server streams them."""

import argparse
import codecs
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from schedy import Job
from schedy.cli.failures import OK
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import is_terminal
from schedy.cli.session import experiment_of
from schedy.cli.text import clean
from schedy.connection import segment

__all__ = ["add_commands"]

_FORMATS = ("csv", "json", "jsonl")
_STATUSES = (Job.QUEUED, Job.RUNNING, Job.DONE, Job.CRASHED, Job.PRUNED)


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    export = add_command(
        commands,
        "export",
        _export,
        summary="Write all jobs of an experiment as CSV or JSON.",
        description=("With -o, the file appears when it is complete; an old one stays until then."),
        examples=(
            "  schedy export mnist > mnist.csv\n"
            "  schedy export mnist --format jsonl --status DONE -o mnist.jsonl\n"
            "  schedy export mnist -f 'tag:paper' --field id --field results.loss"
        ),
    )
    experiment_argument(export)
    export.add_argument("--format", choices=_FORMATS, help="by default what FILE is called, or csv")
    export.add_argument("-o", "--output", metavar="FILE", type=Path, help="write to a file")
    export.add_argument(
        "--status", action="append", choices=_STATUSES, help="only jobs with this status"
    )
    export.add_argument(
        "-f",
        "--filter",
        metavar="FILTER",
        help="only jobs of which it is true: 'lr<1e-3 tag:gpu'",
    )
    export.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="FIELD",
        help="this column, e.g. number or results.loss; again for more (all)",
    )


def _export(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    query = urlencode(
        {
            "format": _format(args),
            "status": args.status or [],
            **({"f": args.filter} if args.filter else {}),
            **({"fields": ",".join(args.field)} if args.field else {}),
        },
        doseq=True,
    )
    path = f"experiments/{segment(experiment.name)}/export/?{query}"
    with _target(args.output) as target:
        with contextlib.closing(experiment.connection.stream(path)) as pieces:
            for piece in pieces:
                target.write(piece)
        target.flush()
    return OK


def _format(args: argparse.Namespace) -> str:
    if args.format:
        return str(args.format)
    suffix = args.output.suffix[1:].lower() if args.output else ""
    return suffix if suffix in _FORMATS else "json" if args.json else "csv"


class _Screen:
    """A terminal, which is shown what there is and obeys nothing of it."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def write(self, piece: bytes) -> None:
        # A file ends its lines with both; alone, \r would have the line written over.
        sys.stdout.write(clean(self._decode(piece).replace("\r", ""), but="\n\t"))

    def flush(self) -> None:
        sys.stdout.flush()


@contextlib.contextmanager
def _target(output: Path | None) -> Iterator["IO[bytes] | _Screen"]:
    if output is None or str(output) == "-":
        yield _Screen() if is_terminal() else sys.stdout.buffer
        return
    if output.exists() and not output.is_file():  # /dev/null, a pipe
        with output.open("wb") as target:
            yield target
        return
    output = output.resolve()
    descriptor, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(descriptor, "wb") as target:
            yield target
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
