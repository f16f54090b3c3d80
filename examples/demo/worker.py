"""A worker: pulls jobs until there are none left. Start as many as you like, anywhere.

    python worker.py EXPERIMENT FOLDER

Where the server is, and the token for it, stand in SCHEDY_ROOT, SCHEDY_EMAIL and SCHEDY_TOKEN, or
in the file that `schedy login` writes.
"""

import sys
from pathlib import Path

from searches import SEARCHES

import schedy


def main(name: str, folder: str) -> None:
    """Train job after job."""
    experiment = schedy.SchedyDB().get_experiment(name)
    while True:
        try:
            job = experiment.next_job(wait=1)
        except schedy.errors.NoJobError:
            return
        with job:  # RUNNING now; DONE or CRASHED at the end
            SEARCHES[name].train(job, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
