/** All about one job: where it stands, what it was run with, what came out, and what happened to it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { get, of, Refused, seg, send, type Job } from "../api";
import { jobCommands } from "../copyas";
import { CopyAs } from "../CopyMenu";
import { duration, number, plural, value } from "../format";
import { useKeys } from "../keys";
import { write } from "../json";
import { Note } from "../Note";
import { Tags } from "../Tags";
import { Copy, Dialog, Name, Panel, Problem, Skeleton, StatusBadge, Time } from "../ui";
import { jobsAddress } from "./compare/address";
import { Curves, isCurve } from "./job/Curves";
import { Events } from "./job/Events";
import { Family, Neighbours } from "./job/Relations";
import { Parameters } from "./job/Parameters";
import { usePlace, type Place } from "./job/place";
import { Duplicate } from "./job/Duplicate";
import { settingsOf, useSchema } from "./jobs/fields";
import "../words/words.css";

type Action = "requeue" | "cancel" | "void";
const SAYS: Record<Action, string> = {
  requeue: "The job is run again, from the queue; whoever runs it now is told to stop.",
  cancel: "The job ends without a result; whoever runs it now is told to stop.",
  void: "The result stays to be read, but no longer counts.",
};

const BUTTONS: Record<Action, string> = { requeue: "Requeue", cancel: "Cancel it", void: "Void" };

export default function JobPage({ experiment, id }: { experiment: string; id: string }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [asked, setAsked] = useState<Action | "delete" | null>(null);
  const [copies, setCopies] = useState(false);
  const at = `${of(experiment)}jobs/${seg(id)}/`;
  const key = ["experiment", experiment, "job", id];
  const { data: job, error, refetch } = useQuery({ queryKey: key, queryFn: ({ signal }) => get<Job>(at, signal) });
  const settings = useQuery(settingsOf(experiment));
  const place = usePlace(experiment, id);
  const schema = useSchema(experiment);
  const act = useMutation({
    mutationFn: ({ action, reason }: { action: Action | "delete"; reason: string }) =>
      action === "delete" ? send("DELETE", at) : send("POST", `${at}${action}/`, reason ? { reason } : {}),
    onSuccess: (_data, { action }) => {
      setAsked(null);
      if (action === "delete") go(`/e/${seg(experiment)}/jobs`);
      void client.invalidateQueries({ queryKey: ["experiment", experiment] });
    },
  });
  const to = (which: { id: string } | null | undefined) => which && go(`/e/${seg(experiment)}/jobs/${seg(which.id)}`);
  useKeys({
    "[": ["The next better job", () => to(place.data?.better)],
    "]": ["The next worse job", () => to(place.data?.worse)],
    d: ["Duplicate it", () => setCopies(true)],
  }, "Job");
  const path = <><Link href="/">Experiments</Link> / <Link href={`/e/${seg(experiment)}/jobs`}><bdi>{experiment}</bdi></Link> / <bdi>{id}</bdi></>;
  if (error) return <><div className="heading"><h1>{path}</h1></div><Problem error={error} retry={() => void refetch()} /><p><Link href={`/e/${seg(experiment)}/jobs`}>See the jobs of <bdi>{experiment}</bdi></Link></p></>;
  if (!job) return <Skeleton lines={8} />;
  const isOver = job.status !== "QUEUED" && job.status !== "RUNNING";
  const known = schema.data?.fields.find((field) => field.name === "tags")?.categories ?? [];
  return (
    <>
      <div className="heading">
        <h1>{path}</h1>
        <span className="grow" />
        <Leaf experiment={experiment} place={place.data} />
        <button onClick={() => setCopies(true)}>Duplicate…</button>
        <Link className="button" href={jobsAddress(place.data?.best && place.data.best.id !== id ? [{ experiment, id }, { experiment, id: place.data.best.id }] : [{ experiment, id }])}>Compare</Link>
        {job.status !== "QUEUED" && <button onClick={() => setAsked("requeue")}>Requeue…</button>}
        {!isOver && <button onClick={() => setAsked("cancel")}>Cancel…</button>}
        {isOver && <button onClick={() => setAsked("void")}>Void…</button>}
        <button className="danger" onClick={() => setAsked("delete")}>Delete…</button>
      </div>
      <Facts job={job} goal={settings.data?.objective?.result ?? "quality"} place={place.data} />
      {job.reason && <p className="note"><bdi>{job.reason}</bdi></p>}
      <div className="job-tags"><Tags at={at} tags={job.tags ?? []} known={known} queryKey={["experiment", experiment]} href={(tag) => `/e/${seg(experiment)}/jobs?f=${seg(`tag:${tag}`)}`} /></div>
      <div className="job-grid">
        <Curves results={job.results} />
        <Parameters experiment={experiment} job={job} place={place.data} />
        <Values title="Results" entries={job.results} />
        <Note at={at} note={job.note ?? ""} queryKey={key} />
        <Family experiment={experiment} job={job} place={place.data} />
        <Neighbours experiment={experiment} job={job} place={place.data} error={place.error} />
        <Events experiment={experiment} job={job} />
        <Kept experiment={experiment} id={id} />
      </div>
      {settings.data && <Duplicate experiment={settings.data} job={job} fields={schema.data?.fields ?? []} open={copies} onClose={() => setCopies(false)} />}
      <Dialog title={asked ? `${asked[0]!.toUpperCase()}${asked.slice(1)} job ${id}?` : ""} open={asked !== null} onClose={() => setAsked(null)}>
        {asked && (
          <form className="form" onSubmit={(event) => { event.preventDefault(); act.mutate({ action: asked, reason: String(new FormData(event.currentTarget).get("reason") ?? "").trim() }); }}>
            {act.error && <Problem error={act.error} />}
            <p>{asked === "delete" ? "Its hyperparameters, results, note and history are lost for good. To have the result not count, void it instead." : SAYS[asked]}</p>
            {asked !== "delete" && <label>Why (for those who read the log)<input name="reason" maxLength={1000} autoFocus /></label>}
            <div className="bar-of-tools"><span className="grow" /><button type="button" onClick={() => setAsked(null)}>Keep</button><button className="danger" disabled={act.isPending}>{asked === "delete" ? "Delete for good" : BUTTONS[asked]}</button></div>
          </form>
        )}
      </Dialog>
    </>
  );
}

/** To the jobs that are next in quality. */
function Leaf({ experiment, place }: { experiment: string; place: Place | undefined }) {
  if (!place?.rank) return null;
  const link = (which: Place["better"], text: string, title: string) =>
    which ? <Link className="button" href={`/e/${seg(experiment)}/jobs/${seg(which.id)}`} title={`${title}: ${which.id}`} aria-label={title}>{text}</Link> : <button disabled aria-label={title}>{text}</button>;
  return <>{link(place.better, "‹", "The next better job")}{link(place.worse, "›", "The next worse job")}</>;
}

function Facts({ job, goal, place }: { job: Job; goal: string; place: Place | undefined }) {
  return (
    <p className="facts">
      <StatusBadge status={job.status} />
      <span><Name>{goal}</Name> <b className="number">{number(job.quality, 6)}</b></span>
      {place?.rank && <span>{place.rank === 1 ? <b>the best</b> : <>rank <b>{number(place.rank)}</b></>} of {number(place.ranked)}</span>}
      <span>job {number(job.number)}</span>
      {job.worker && <span>{job.status === "RUNNING" ? "on" : "by"} <bdi>{job.worker}</bdi></span>}
      {job.started && job.finished && <span>took {duration((Date.parse(job.finished) - Date.parse(job.started)) / 1000)}</span>}
      {job.attempt > 1 && <span>{plural(job.attempt, "attempt")}</span>}
      <Time at={job.modified} />
      <CopyAs {...jobCommands(job.experiment, job.id)} />
    </p>
  );
}

function Values({ title, entries }: { title: string; entries: Record<string, unknown> }) {
  const names = Object.keys(entries);
  return (
    <Panel title={title} aside={names.length > 0 && <Copy text={write(entries, 2)} />}>
      {names.length === 0 && <p className="dim">None.</p>}
      <dl className="values">{names.map((name) => (
        <div key={name}><dt><Name>{name}</Name></dt><dd><bdi>{written(entries[name])}</bdi></dd></div>
      ))}</dl>
    </Panel>
  );
}

function written(item: unknown): string {
  if (typeof item === "number") return String(item);
  return isCurve(item) ? `${plural(item.length, "number")}, the last ${number(item.at(-1), 5)}` : long(item);
}

function long(item: unknown): string {
  const text = typeof item === "string" ? item : write(item);
  return text.length > 2000 ? `${text.slice(0, 2000)}… (${number(text.length)} characters; the export has all)` : text;
}

interface KeptResults {
  id: number;
  why: string;
  at: string;
  status: string | null;
  results: Record<string, unknown>;
  adopted: string | null;
}

/** Results that came and could not be applied; a person may have them count. */
function Kept({ experiment, id }: { experiment: string; id: string }) {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ["experiment", experiment, "job", id, "kept"],
    queryFn: ({ signal }) => get<{ items: KeptResults[] }>(`${of(experiment)}kept/?job=${seg(id)}`, signal),
    retry: (count, problem) => count < 2 && !(problem instanceof Refused),
  });
  const adopt = useMutation({
    mutationFn: (which: number) => send("POST", `${of(experiment)}kept/${which}/adopt/`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ["experiment", experiment] }),
  });
  if (!data?.items.length) return error ? <Problem error={error} /> : null;
  return (
    <Panel title="Kept results">
      <p className="dim">They came and could not be applied; nothing that was received is thrown away.</p>
      {adopt.error && <Problem error={adopt.error} />}
      <ul className="neighbours">{data.items.map((each) => (
        <li key={each.id}>
          <Time at={each.at} /><span><bdi>{each.why}</bdi></span>
          <code><bdi>{value(each.results)}</bdi></code>
          {each.adopted ? <span className="dim">adopted <Time at={each.adopted} /></span> : <button onClick={() => adopt.mutate(each.id)} disabled={adopt.isPending}>Have them count<span className="sr">: {each.id}</span></button>}
        </li>
      ))}</ul>
    </Panel>
  );
}
