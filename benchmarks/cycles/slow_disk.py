"""What a slower disk would do: durable writes of all that is compared take a while.

Disks differ by a factor of a hundred in how often a second they make something durable, and how the
contenders compare hangs on it: who waits for the disk more often loses more on a slow one.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")
_MICROS = 1_000_000


class NoCompiler(Exception):
    """There is nothing here that compiles C."""


def slow_down(syncs: int) -> None:
    """Start this program anew, on a disk that does so many durable writes a second at most.

    Each takes at least as long as that allows, in every process that is started from here; several
    may be under way at once. Returns where that has been done already.

    Raises:
        NoCompiler: There is no C compiler.
    """
    micros = str(_MICROS // syncs)
    if os.environ.get("SLOW_DISK") == micros:
        folder = Path(os.environ["LD_PRELOAD"]).parent
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler("--disk needs a C compiler: apt-get install gcc libc6-dev")
    folder = Path(tempfile.mkdtemp(prefix="schedy-slow-disk-"))
    folder.chmod(0o755)  # the database server is another user
    library = folder / "slow_disk.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    environment = {**os.environ, "LD_PRELOAD": str(library), "SLOW_DISK": micros}
    program = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, program, environment)  # noqa: S606 - ourselves once more
