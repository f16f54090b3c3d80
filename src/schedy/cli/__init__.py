"""The command `schedy`."""

import os
import sys
from collections.abc import Callable, Sequence

from schedy import errors
from schedy.cli import output
from schedy.cli.failures import (
    FAILED,
    INTERRUPTED,
    PIPE_CLOSED,
    CommandFailed,
    sentence,
)
from schedy.cli.parser import parse

__all__ = ["main"]

_DEBUG = "SCHEDY_DEBUG"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    output.prepare()
    args = parse(sys.argv[1:] if argv is None else argv)
    return _guarded(lambda: args.run(args))


def _guarded(run: Callable[[], int]) -> int:
    """Return the exit code of a command, and say in a line what went wrong."""
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        output.silence()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except CommandFailed as error:
        output.note(str(error))
        return error.code
    except (errors.SchedyError, OSError, TypeError, ValueError) as error:
        return _failed(error)
    except Exception as error:  # noqa: BLE001 - a traceback helps nobody who did not write this
        return _failed(error, "This should not happen: ")
    return code


def _failed(error: Exception, introduction: str = "") -> int:
    if os.environ.get(_DEBUG):
        raise error
    kind = f"{type(error).__name__}: " if introduction else ""
    hint = f" ({_DEBUG}=1 shows where.)" if introduction else ""
    output.note(f"{introduction}{kind}{sentence(error)}{hint}")
    return FAILED
