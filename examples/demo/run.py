"""The demo: a server, an account, three workers, two searches, and what came of them."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from searches import SEARCHES, Search, exam_at_random, exam_of_population
from server import Server, running

import schedy

WORKERS = 3
HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / ".demo"

console = Console()


def main() -> None:
    """Tell the story."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the server up until Ctrl-C")
    keep: bool = parser.parse_args().keep
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(mode=0o700)
    with running(FOLDER) as server:
        os.environ.update(server.environment)
        db = schedy.SchedyDB()
        console.print(
            f"\n[bold]Schedy[/] listens on [cyan]{server.root}[/], with a new database.\n"
        )
        for search in SEARCHES.values():
            run(db, search)
        show_random_search(db)
        show_population(db)
        show_what_next(server, keep=keep)
        if keep:
            wait(server)


def run(db: schedy.SchedyDB, search: Search) -> None:
    """Put an experiment on the server, and let workers pull its jobs until there are enough."""
    experiment = search.experiment()
    db.add_experiment(experiment)
    workers = [
        subprocess.Popen([sys.executable, str(HERE / "worker.py"), experiment.name, str(FOLDER)])
        for _ in range(WORKERS)
    ]
    try:
        with Progress(
            TextColumn("{task.description:<26}"),
            BarColumn(36),
            MofNCompleteColumn(),
            TextColumn("jobs, {task.fields[running]} running, best {task.fields[best]}"),
            TimeElapsedColumn(),
            console=console,
        ) as progress:
            bar = progress.add_task(search.title, total=search.jobs, running=0, best="-")
            while any(worker.poll() is None for worker in workers):
                counts = db.get_experiment(experiment.name).counts
                best = experiment.best_job()
                progress.update(
                    bar,
                    completed=min(counts["DONE"], search.jobs),
                    running=counts["RUNNING"],
                    best=f"{best.quality:.1%}" if best else "-",
                )
                if counts["DONE"] + counts["RUNNING"] >= search.jobs:
                    experiment.pause()
                time.sleep(0.25)
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    if any(worker.returncode for worker in workers):
        sys.exit("A worker failed; what it said stands above.")


def show_random_search(db: schedy.SchedyDB) -> None:
    """Show the best jobs of the random search, and what they are worth."""
    experiment = db.get_experiment("digits-random")
    names = list(experiment.distributions)
    headers = [name.replace("_", " ") for name in names]
    table = new_table("Best of the random search", "job", *headers, "accuracy")
    for job in experiment.jobs(schedy.Job.DONE, sort="best", limit=5):
        values = [shown(job.hyperparameters[name]) for name in names]
        table.add_row(job.job_id, *values, f"{job.results['accuracy']:.1%}")
    console.print()
    console.print(table)
    best = experiment.best_job()
    compare(
        "A network that has 20 epochs", exam_at_random({}), exam_at_random(best.hyperparameters)
    )


def new_table(title: str, *columns: str) -> Table:
    """Return an empty table in the style of the demo."""
    table = Table(title=title, title_style="bold", title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, no_wrap=column == "job")
    return table


def shown(value: object) -> str:
    """Return a hyperparameter as people like to read it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def show_population(db: schedy.SchedyDB) -> None:
    """Show the line of jobs that led to the best network: its schedule of hyperparameters."""
    experiment = db.get_experiment("digits-pbt")
    jobs = {job.job_id: job for job in experiment.all_jobs()}
    best = experiment.best_job()
    line = [best]
    while parent := jobs.get((line[-1].origin or {}).get("parent")):
        line.append(parent)
    columns = ("generation", "job", "learning rate", "alpha", "accuracy", "how")
    table = new_table("How the best network was trained", *columns)
    for job in reversed(line):
        table.add_row(
            str(job.origin["generation"]),
            job.job_id,
            f"{job.hyperparameters['learning_rate']:.3g}",
            f"{job.hyperparameters['alpha']:.3g}",
            f"{job.results['accuracy']:.1%}",
            job.origin["event"],
        )
    console.print()
    console.print(table)
    checkpoint = best.results["checkpoint"]
    compare(
        "A network that has 32 epochs", exam_of_population(None), exam_of_population(checkpoint)
    )


def compare(what: str, default: float, found: float) -> None:
    """Say how much better the found hyperparameters are, on images that no search has seen."""
    fewer = 1 - (1 - found) / (1 - default)
    console.print(
        f"{what} reads [bold]{found:.1%}[/] of unseen digits, instead of {default:.1%} with "
        f"scikit-learn's defaults: [bold green]{fewer:.0%} fewer errors[/].\n"
    )


def show_what_next(server: Server, *, keep: bool) -> None:
    """Say where to look, and what to try."""
    root = server.root if keep else "http://127.0.0.1:8080/"
    commands = [
        *([] if keep else [f"schedy-server serve --data {os.path.relpath(FOLDER)} &"]),
        f"schedy login --root {root} {server.email}",
        "schedy list",
        "schedy best digits-random",
        "schedy show digits-pbt",
        "schedy export digits-random > jobs.csv",
    ]
    text = (
        "[bold]The server, the account and the results are yours to try:[/]\n\n"
        "  source .venv/bin/activate\n"
        + "".join(f"  {command}\n" for command in commands)
        + f"\nThe dashboard is at {root}; sign in as {server.email} with the password "
        f"[bold]{server.password}[/]. The API is explained at {root}docs."
    )
    console.print(Panel(text, title="Where to look", border_style="cyan", padding=(1, 2)))


def wait(server: Server) -> None:
    """Leave the server up until Ctrl-C."""
    console.print(f"The server stays up on [cyan]{server.root}[/]; Ctrl-C stops it.")
    try:
        server.process.wait()
    except KeyboardInterrupt:
        console.print("Stopped.")


if __name__ == "__main__":
    main()
