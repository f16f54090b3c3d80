/** What happened to a job, the newest first: who did what, when, and why. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, of, Refused, seg, type Job } from "../../api";
import { number } from "../../format";
import { Panel, Problem, Skeleton, Time } from "../../ui";

interface Line {
  at: string;
  what: string;
  attempt: number | null;
  actor: string;
  worker: string | null;
  reason: string | null;
  version: number | null;
}

interface Attempt {
  n: number;
  state: string;
  worker: string | null;
  seen: string | null;
  late: string | null;
}

const AT_ONCE = 12;

export function Events({ experiment, job }: { experiment: string; job: Job }) {
  const [isAll, setAll] = useState(false);
  const key = ["experiment", experiment, "job", job.id];
  const log = useQuery({ queryKey: [...key, "log"], queryFn: ({ signal }) => get<{ items: Line[]; next: string | null }>(`${of(experiment)}log/?limit=1000&job=${seg(job.id)}`, signal) });
  const attempts = useQuery({
    queryKey: [...key, "attempts"],
    queryFn: ({ signal }) => get<{ items: Attempt[] }>(`${of(experiment)}jobs/${seg(job.id)}/attempts/`, signal),
    retry: (count, problem) => count < 2 && !(problem instanceof Refused && problem.status === 404),
  });
  const lines = [...(log.data?.items ?? [])].reverse();
  const shown = isAll ? lines : lines.slice(0, AT_ONCE);
  const running = attempts.data?.items.find((each) => each.state === "RUNNING");
  return (
    <Panel title="What happened">
      {log.error && <Problem error={log.error} retry={() => void log.refetch()} />}
      {!log.data && !log.error && <Skeleton lines={4} />}
      {running?.seen && <p className="dim">Last heard of <bdi>{running.worker ?? "its worker"}</bdi> <Time at={running.seen} />.</p>}
      <ol className="events">{shown.map((line, at) => (
        <li key={`${line.at}-${line.version ?? line.what}-${at}`}>
          <b><bdi>{line.what}</bdi></b> <span className="dim"><Time at={line.at} /></span>
          <small>by <bdi>{line.actor}</bdi>{line.worker && <>, worker <bdi>{line.worker}</bdi></>}{line.attempt !== null && line.attempt > 1 && `, attempt ${number(line.attempt)}`}</small>
          {line.reason && <small><bdi>{line.reason}</bdi></small>}
        </li>
      ))}</ol>
      {lines.length > shown.length && <button className="link" onClick={() => setAll(true)}>Show all {number(lines.length)}</button>}
      {attempts.data?.items.filter((each) => each.late).map((each) => <p key={each.n} className="dim">The result of attempt {number(each.n)} came late, and was {each.late}.</p>)}
    </Panel>
  );
}
