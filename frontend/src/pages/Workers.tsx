/** Who works, on what, and how well; and which machines get no more jobs. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { get, of, seg, send } from "../api";
import { curl, py, sh, type Commands } from "../copyas";
import { CopyAs } from "../CopyMenu";
import { ago, duration, number } from "../format";
import { Menu } from "../menu";
import { useNow } from "../standing";
import { Code, Dialog, Icon, Problem, Skeleton, Time } from "../ui";
import "./workers.css";

interface Running {
  experiment: string;
  job: string;
  started: string;
}

export interface Worker {
  worker: string;
  running: number;
  jobs: Running[];
  seen: string | null;
  done: number;
  failed: number;
  busy: number | null;
  crashes_in_a_row: number;
  quarantined: boolean;
  reason: string | null;
  since: string | null;
}

export type State = "quarantined" | "silent" | "busy" | "idle";
const SILENT_AFTER = 180; // seconds; workers give a sign of life several times a minute
const STATES: Record<State, [string, string]> = {
  quarantined: ["pause", "gets no more jobs"],
  silent: ["crashed", "silent"],
  busy: ["running", "busy"],
  idle: ["queued", "idle"],
};

export function stateOf(worker: Worker, now: number): State {
  if (worker.quarantined) return "quarantined";
  if (worker.running === 0) return "idle";
  return worker.seen && now - Date.parse(worker.seen) > SILENT_AFTER * 1000 ? "silent" : "busy";
}

type Verb = "lift" | "quarantine";

const workerCommands = (worker: string, verb: Verb): Commands => ({
  python: `import schedy\n\nschedy.SchedyDB().${verb}(${py(worker)})`,
  cli: `schedy workers ${verb} ${sh(worker)}`,
  curl: curl(`workers/${seg(worker)}/${verb}/`, { method: "POST", body: {} }),
});

export default function Workers() {
  return <WorkerList />;
}

/** All workers, or those of one experiment. */
export function WorkerList({ experiment }: { experiment?: string }) {
  const query = new URLSearchParams({ recent: "true", ...(experiment === undefined ? {} : { experiment }) });
  const { data, error, refetch, isPlaceholderData } = useQuery({
    queryKey: experiment === undefined ? ["workers"] : ["experiment", experiment, "workers"],
    queryFn: ({ signal }) => get<{ items: Worker[] }>(`workers/?${query}`, signal),
    refetchInterval: 10_000,
  });
  const [asked, setAsked] = useState<{ worker: Worker; verb: Verb | "requeue" } | null>(null);
  const now = useNow(true);
  const items = data?.items ?? [];
  const count = (state: State) => items.filter((each) => stateOf(each, now) === state).length;
  const Title = experiment === undefined ? "h1" : "h2";
  return (
    <>
      <div className="heading">
        <Title>Workers {data && <small>{number(items.length)}</small>}</Title>
        {data && items.length > 0 && <p className="facts">{(Object.keys(STATES) as State[]).filter(count).map((state) => <span key={state} className={`worker ${state}`}><Icon name={STATES[state][0]} /> {number(count(state))} {STATES[state][1]}</span>)}</p>}
      </div>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={6} />}
      {data && items.length === 0 && (
        <section className="empty"><h2>Nobody works right now</h2><p>A worker is any process that asks for a job:</p><Code>{`schedy run ${experiment === undefined ? "EXPERIMENT" : sh(experiment)} -- python train.py %h`}</Code></section>
      )}
      {items.length > 0 && (
        <div className="scroll boxed-table">
          <table className="workers" aria-busy={isPlaceholderData}>
            <caption className="sr">Workers{experiment === undefined ? "" : ` of ${experiment}`}, and what they did in the last 24 hours</caption>
            <thead><tr>
              <th scope="col">Worker</th><th scope="col">State</th><th scope="col">Current job</th><th scope="col">Done / failed</th>
              <th scope="col">Busy, of 24 h</th><th scope="col">Last sign of life</th><th scope="col"><span className="sr">Actions</span></th>
            </tr></thead>
            <tbody>{items.map((each) => <Row key={each.worker} worker={each} now={now} isAll={experiment === undefined} onAsk={(verb) => setAsked({ worker: each, verb })} />)}</tbody>
          </table>
        </div>
      )}
      <Dialog title={asked ? titleOf(asked.verb) : ""} open={asked !== null} onClose={() => setAsked(null)}>
        {asked && <Ask worker={asked.worker} verb={asked.verb} onClose={() => setAsked(null)} />}
      </Dialog>
    </>
  );
}

const titleOf = (verb: Verb | "requeue"): string => ({ lift: "Give it jobs again?", quarantine: "Give it no more jobs?", requeue: "Requeue its jobs?" })[verb];

function Row({ worker, now, isAll, onAsk }: { worker: Worker; now: number; isAll: boolean; onAsk: (verb: Verb | "requeue") => void }) {
  const state = stateOf(worker, now);
  return (
    <tr>
      <th scope="row"><bdi>{worker.worker}</bdi></th>
      <td>
        <span className={`worker ${state}`}><Icon name={STATES[state][0]} /> {STATES[state][1]}</span>
        {worker.reason && <small className="why-not"><bdi>{worker.reason}</bdi>{worker.since && <>, {ago(worker.since, now)}</>}</small>}
        {!worker.quarantined && worker.crashes_in_a_row > 0 && <small className="why-not">{number(worker.crashes_in_a_row)} crashes in a row</small>}
      </td>
      <td>{worker.jobs.length === 0 ? "–" : worker.jobs.slice(0, 3).map((job) => (
        <div key={`${job.experiment} ${job.job}`}><Link href={`/e/${seg(job.experiment)}/jobs/${seg(job.job)}`}><bdi>{job.job}</bdi></Link> <small>{isAll && <><bdi>{job.experiment}</bdi>, </>}{duration(Math.max(0, (now - Date.parse(job.started)) / 1000))}</small></div>
      ))}{worker.jobs.length > 3 && <small>and {number(worker.jobs.length - 3)} more</small>}</td>
      <td className="number">{number(worker.done)} / <span className={worker.failed ? "bad" : undefined}>{number(worker.failed)}</span></td>
      <td>{worker.busy === null ? "–" : <span className="busy"><meter min={0} max={1} value={worker.busy} aria-label={`Busy ${Math.round(worker.busy * 100)} %`} /> <span className="number">{Math.round(worker.busy * 100)} %</span></span>}</td>
      <td>{worker.seen ? <Time at={worker.seen} /> : "–"}</td>
      <td>
        <Menu className="quiet sign" label={<Icon name="more" />} name={`More for ${worker.worker}`}>
          {worker.running > 0 && <button type="button" data-closes onClick={() => onAsk("requeue")}><Icon name="again" /> Requeue {worker.running === 1 ? "its job" : `its ${number(worker.running)} jobs`}…</button>}
          <button type="button" data-closes onClick={() => onAsk(worker.quarantined ? "lift" : "quarantine")}><Icon name={worker.quarantined ? "play" : "pause"} /> {worker.quarantined ? "Give it jobs again…" : "Give it no more jobs…"}</button>
        </Menu>
      </td>
    </tr>
  );
}

const DOES: Record<Verb | "requeue", string> = {
  lift: "Its record is clean again, and all workers of this machine get jobs.",
  quarantine: "No worker of this machine gets a job until somebody lifts that. What they run now, they may finish.",
  requeue: "What it runs now goes back into the queue, and it is told to stop. A result that it sends nevertheless is kept aside.",
};

function Ask({ worker, verb, onClose }: { worker: Worker; verb: Verb | "requeue"; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const act = useMutation({
    mutationFn: async () => {
      const body = reason.trim() ? { reason: reason.trim() } : {};
      if (verb !== "requeue") return send("POST", `workers/${seg(worker.worker)}/${verb}/`, verb === "quarantine" ? body : {});
      for (const job of worker.jobs) await send("POST", `${of(job.experiment)}jobs/${seg(job.job)}/requeue/`, body);
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries(),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      {act.error && <Problem error={act.error} />}
      <p><b><bdi>{worker.worker}</bdi></b>: {DOES[verb]}</p>
      {verb !== "lift" && <label>Why (for those who wonder)<input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={1000} autoFocus /></label>}
      <div className="bar-of-tools">
        {verb !== "requeue" && <CopyAs {...workerCommands(worker.worker, verb)} />}
        <span className="grow" />
        <button type="button" onClick={onClose}>Keep</button>
        <button className={verb === "quarantine" ? "danger" : "primary"} disabled={act.isPending}>{{ lift: "Give it jobs again", quarantine: "Give it no more jobs", requeue: "Requeue" }[verb]}</button>
      </div>
    </form>
  );
}

