"""Makes an experiment of a CSV file.

python import_csv.py EXPERIMENT FILE RESULT...
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import schedy


def main(name: str, file: str, *results: str) -> None:
    """Add a job for each row, all of them DONE."""
    db = schedy.SchedyDB()
    experiment = db.get_or_add_experiment(schedy.ManualSearch(name))
    with Path(file).open(newline="", encoding="utf-8") as table:
        jobs = [job(row, results) for row in csv.DictReader(table)]
    print(f"Added {len(experiment.add_jobs(jobs))} jobs to {name}.")


def job(row: dict[str, str], results: tuple[str, ...]) -> dict[str, Any]:
    """Return a row as a job."""
    values = {column: value(text) for column, text in row.items() if text}
    return {
        "status": schedy.Job.DONE,
        "hyperparameters": {each: values[each] for each in values if each not in results},
        "results": {each: values[each] for each in values if each in results},
    }


def value(text: str) -> Any:
    """Return what a cell means: a JSON value such as a number, or else its text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main(*sys.argv[1:])
