import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { get, of, Refused, seg, send, url, type Experiment, type Job } from "../api";
import { ago, duration, number, value } from "../format";
import { Copy, Dialog, Panel, Problem, Skeleton, StatusBadge } from "../ui";

interface Attempt {
  n: number;
  state: string;
  worker: string | null;
  started: string | null;
  seen: string | null;
  ended: string | null;
  expires_in: number | null;
  late: string | null;
}

type Action = "requeue" | "cancel" | "void";
const SAYS: Record<Action, string> = {
  requeue: "The job is run again, from the queue; whoever runs it now is told to stop.",
  cancel: "The job ends without a result; whoever runs it now is told to stop.",
  void: "The result stays to be read, but no longer counts.",
};

export default function JobPage({ experiment, id }: { experiment: string; id: string }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [asked, setAsked] = useState<Action | "delete" | null>(null);
  const at = `${of(experiment)}jobs/${seg(id)}/`;
  const key = ["experiment", experiment, "job", id];
  const { data: job, error, refetch } = useQuery({ queryKey: key, queryFn: ({ signal }) => get<Job>(at, signal) });
  const settings = useQuery({ queryKey: ["experiment", experiment, "settings"], queryFn: ({ signal }) => get<Experiment>(of(experiment), signal) });
  const attempts = useQuery({
    queryKey: [...key, "attempts"],
    queryFn: ({ signal }) => get<{ items: Attempt[] }>(`${at}attempts/`, signal),
    retry: (count, problem) => count < 2 && !(problem instanceof Refused && problem.status === 404),
  });
  const act = useMutation({
    mutationFn: ({ action, reason }: { action: Action | "delete"; reason: string }) =>
      action === "delete" ? send("DELETE", at) : send("POST", `${at}${action}/`, reason ? { reason } : {}),
    onSuccess: (_data, { action }) => {
      setAsked(null);
      if (action === "delete") go(`/e/${seg(experiment)}/jobs`);
      void client.invalidateQueries({ queryKey: ["experiment", experiment] });
    },
  });
  if (error) return <><h1>{id}</h1><Problem error={error} retry={() => void refetch()} /></>;
  if (!job) return <Skeleton lines={8} />;
  const isOver = job.status !== "QUEUED" && job.status !== "RUNNING";
  const goal = settings.data?.objective?.result ?? "quality";
  const python = `import schedy\n\njob = schedy.SchedyDB().get_experiment(${JSON.stringify(experiment)}).get_job(${JSON.stringify(id)})`;
  return (
    <>
      <div className="heading">
        <h1><Link href="/">Experiments</Link> / <Link href={`/e/${seg(experiment)}/jobs`}><bdi>{experiment}</bdi></Link> / <bdi>{id}</bdi></h1>
        <span className="grow" />
        {job.status !== "QUEUED" && <button onClick={() => setAsked("requeue")}>Requeue…</button>}
        {!isOver && <button onClick={() => setAsked("cancel")}>Cancel…</button>}
        {isOver && <button onClick={() => setAsked("void")}>Void…</button>}
        <button className="danger" onClick={() => setAsked("delete")}>Delete…</button>
      </div>
      <p className="facts">
        <StatusBadge status={job.status} />
        <span>job {number(job.number)}</span>
        <span>{goal} <b className="number">{number(job.quality, 6)}</b></span>
        {job.worker && <span>{job.status === "RUNNING" ? "on" : "by"} {job.worker}</span>}
        {job.started && job.finished && <span>took {duration((Date.parse(job.finished) - Date.parse(job.started)) / 1000)}</span>}
        <span><time dateTime={job.modified} title={job.modified}>{ago(job.modified)}</time></span>
        <Copy text={python} label="Copy as Python" /><Copy text={`curl -H "Authorization: Bearer $SCHEDY_TOKEN" ${url(at)}`} label="Copy as curl" />
      </p>
      {job.reason && <p className="note"><bdi>{job.reason}</bdi></p>}
      <div className="overview">
        <Values title="Hyperparameters" entries={job.hyperparameters} />
        <Values title="Results" entries={job.results} />
        {job.origin && <Values title="Why it was proposed" entries={job.origin} />}
        <Panel title="Attempts">
          {attempts.error && !(attempts.error instanceof Refused && attempts.error.status === 404) && <Problem error={attempts.error} />}
          {attempts.data?.items.length === 0 && <p className="dim">No worker had it yet.</p>}
          {attempts.data && attempts.data.items.length > 0 && (
            <div className="scroll"><table><thead><tr><th scope="col">#</th><th scope="col">How it went</th><th scope="col">Worker</th><th scope="col">Started</th><th scope="col">Last heard</th></tr></thead>
              <tbody>{attempts.data.items.map((each) => (
                <tr key={each.n}><th scope="row">{each.n}</th><td>{each.state.toLowerCase()}{each.late && `; late result ${each.late}`}</td><td><bdi>{each.worker ?? "–"}</bdi></td><td>{each.started ? ago(each.started) : "–"}</td><td>{each.seen ? ago(each.seen) : "–"}</td></tr>
              ))}</tbody></table></div>
          )}
        </Panel>
      </div>
      <Dialog title={asked ? `${asked[0]!.toUpperCase()}${asked.slice(1)} job ${id}?` : ""} open={asked !== null} onClose={() => setAsked(null)}>
        {asked && (
          <form className="form" onSubmit={(event) => { event.preventDefault(); act.mutate({ action: asked, reason: String(new FormData(event.currentTarget).get("reason") ?? "").trim() }); }}>
            {act.error && <Problem error={act.error} />}
            <p>{asked === "delete" ? "Its hyperparameters, results and history are lost for good. To have the result not count, void it instead." : SAYS[asked]}</p>
            {asked !== "delete" && <label>Why (for those who read the log)<input name="reason" maxLength={1000} autoFocus /></label>}
            <div className="bar-of-tools"><span className="grow" /><button type="button" onClick={() => setAsked(null)}>Keep it as it is</button><button className="danger" disabled={act.isPending}>{asked === "delete" ? "Delete for good" : "Do it"}</button></div>
          </form>
        )}
      </Dialog>
    </>
  );
}

function Values({ title, entries }: { title: string; entries: Record<string, unknown> }) {
  const names = Object.keys(entries);
  return (
    <Panel title={title} aside={names.length > 0 && <Copy text={JSON.stringify(entries, null, 2)} />}>
      {names.length === 0 && <p className="dim">None.</p>}
      <dl className="values">{names.map((name) => (
        <div key={name}><dt><bdi>{name}</bdi></dt><dd title={String(value(entries[name]))}><bdi>{typeof entries[name] === "number" ? String(entries[name]) : long(entries[name])}</bdi></dd></div>
      ))}</dl>
    </Panel>
  );
}

function long(item: unknown): string {
  const text = typeof item === "string" ? item : JSON.stringify(item);
  return text.length > 2000 ? `${text.slice(0, 2000)}… (${number(text.length)} characters; the export has all)` : text;
}
