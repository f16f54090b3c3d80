import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { get, of, seg, send, type Experiment } from "../api";
import { ago, number, plural } from "../format";
import { Code, Dialog, Icon, Problem, Progress, Skeleton } from "../ui";
import { NewExperiment } from "./NewExperiment";

export const kindOf = (experiment: Experiment): string => {
  const kind = Object.keys(experiment.scheduler)[0] ?? "?";
  return { Manual: "Manual", RandomSearch: "Random search", PBT: "Population" }[kind] ?? kind;
};

async function all(signal: AbortSignal): Promise<Experiment[]> {
  const found: Experiment[] = [];
  let start = "";
  do {
    const page = await get<{ items: Experiment[]; next: string | null }>(`experiments/?limit=1000${start && `&start=${seg(start)}`}`, signal);
    found.push(...page.items);
    start = page.next ?? "";
  } while (start);
  return found;
}

type Sort = "name" | "modified" | "jobs";

export function Experiments() {
  const [query, setQuery] = useSearchParams();
  const [isNew, setNew] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["experiments"], queryFn: ({ signal }) => all(signal) });
  const wanted = (query.get("q") ?? "").toLowerCase();
  const sort = (query.get("sort") ?? "modified") as Sort;
  const shown = (data ?? [])
    .filter((each) => each.name.toLowerCase().includes(wanted))
    .sort((a, b) => (sort === "name" ? a.name.localeCompare(b.name) : sort === "jobs" ? jobs(b) - jobs(a) : b.modified.localeCompare(a.modified)));
  const set = (name: string, value: string) =>
    setQuery((old) => { if (value) old.set(name, value); else old.delete(name); return old; }, { replace: true });
  return (
    <>
      <div className="heading">
        <h1>Experiments {data && <small>{number(data.length)}</small>}</h1>
        <span className="grow" />
        <input type="search" placeholder="Search by name" aria-label="Search by name" value={query.get("q") ?? ""} onChange={(event) => set("q", event.target.value)} />
        <label className="inline">Sort by
          <select value={sort} onChange={(event) => set("sort", event.target.value)}>
            <option value="modified">last activity</option><option value="name">name</option><option value="jobs">jobs</option>
          </select>
        </label>
        <button className="primary" onClick={() => setNew(true)}>New experiment</button>
      </div>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={6} />}
      {data?.length === 0 && <FirstRun />}
      {data && data.length > 0 && shown.length === 0 && <p className="empty">No name contains “{query.get("q")}”. <button className="link" onClick={() => set("q", "")}>Show all</button></p>}
      {shown.length > 0 && (
        <div className="scroll">
          <table className="list">
            <caption className="sr">Experiments</caption>
            <thead><tr><th scope="col">Name</th><th scope="col">Scheduler</th><th scope="col">Jobs</th><th scope="col">Goal</th><th scope="col">Last activity</th><th scope="col"><span className="sr">Actions</span></th></tr></thead>
            <tbody>{shown.map((each) => <Row key={each.name} experiment={each} />)}</tbody>
          </table>
        </div>
      )}
      <Dialog title="New experiment" open={isNew} onClose={() => setNew(false)}><NewExperiment onDone={() => setNew(false)} /></Dialog>
    </>
  );
}

const jobs = (experiment: Experiment) => Object.values(experiment.counts).reduce((sum, each) => sum + each, 0);

function Row({ experiment }: { experiment: Experiment }) {
  const goal = experiment.objective;
  return (
    <tr>
      <th scope="row"><Link href={`/e/${seg(experiment.name)}`}>{experiment.name}</Link></th>
      <td>{kindOf(experiment)}{experiment.status === "DONE" && <span className="tag">{isOver(experiment) ? "done" : "paused"}</span>}</td>
      <td><Progress counts={experiment.counts} /></td>
      <td>{goal ? `${goal.direction} ${goal.result}` : "–"}</td>
      <td><time dateTime={experiment.modified} title={experiment.modified}>{ago(experiment.modified)}</time></td>
      <td><PauseButton experiment={experiment} /></td>
    </tr>
  );
}

const isOver = (experiment: Experiment) => experiment.counts.QUEUED + experiment.counts.RUNNING === 0;

export function PauseButton({ experiment }: { experiment: Experiment }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (status: string) => send("PATCH", of(experiment.name), { status }),
    onSettled: () => client.invalidateQueries(),
  });
  const runs = experiment.status === "RUNNING";
  return (
    <button className="quiet" disabled={change.isPending} title={change.error?.message} onClick={() => change.mutate(runs ? "DONE" : "RUNNING")}>
      <Icon name={runs ? "pause" : "play"} /> {runs ? "Pause" : "Resume"}<span className="sr"> {experiment.name}</span>
    </button>
  );
}

function FirstRun() {
  return (
    <section className="empty">
      <h2>Nothing is searched for yet</h2>
      <p>Make an experiment here, or where you train:</p>
      <Code>{`pip install schedy\nschedy login --root ${document.baseURI} you@example.org`}</Code>
      <Code>{`import schedy\n\ndb = schedy.SchedyDB()\nexperiment = db.add_experiment(schedy.RandomSearch(\n    "my task", {"lr": schedy.random.LogUniform(1e-5, 1e-1)}, maximize="accuracy"))\nwhile True:\n    with experiment.next_job() as job:\n        job.results["accuracy"] = train(**job.hyperparameters)`}</Code>
      <p className="dim">{plural(0, "job")} so far. What workers report appears here at once.</p>
    </section>
  );
}
