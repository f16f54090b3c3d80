"""How long a training script waits for `import schedy`, beside the one library that it cannot miss.

Milliseconds say as much about the machine as about the client; the ratio to `import urllib3` stays
the same from machine to machine. The aim: at most 1.5, and below 150 ms on an ordinary laptop.
"""

import statistics
import subprocess
import sys
import time

STATEMENTS = ("pass", "import urllib3", "import schedy")
ROUNDS = 15


def main() -> None:
    """Measure in turn, so that a busy moment hits all three alike, and print the medians."""
    taken: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for _ in range(ROUNDS):
        for statement in STATEMENTS:
            taken[statement].append(seconds_of(statement))
    empty, urllib3, schedy = (statistics.median(taken[statement]) for statement in STATEMENTS)
    print(f"an empty script  {empty * 1e3:6.0f} ms")
    print(f"import urllib3   {(urllib3 - empty) * 1e3:6.0f} ms more")
    print(f"import schedy    {(schedy - empty) * 1e3:6.0f} ms more, urllib3 included")
    print(f"ratio            {(schedy - empty) / (urllib3 - empty):6.2f}")


def seconds_of(statement: str) -> float:
    """Return how long a fresh interpreter takes for this statement."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
