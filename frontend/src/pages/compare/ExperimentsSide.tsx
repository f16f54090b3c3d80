/** Experiments side by side: which came further, and how soon. */

import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { columns as fetchColumns, get, of, seg, STATUSES, type Columns, type Experiment, type Job } from "../../api";
import { duration, number, plural } from "../../format";
import { Icon, Problem, Progress, Skeleton, Time } from "../../ui";
import { kindOf } from "../Experiments";
import { experimentsAddress } from "./address";
import { Lines, Swatch } from "./Lines";
import { bestSoFar, ranks, shares } from "./steps";

interface Side {
  experiment: Experiment;
  columns: Columns;
  best: Job | null;
}

async function side(name: string, signal: AbortSignal): Promise<Side> {
  const best = `${of(name)}table/?${new URLSearchParams({ f: "status:done", sort: "best", size: "1" })}`;
  const [experiment, columns, top] = await Promise.all([
    get<Experiment>(of(name), signal),
    fetchColumns(name, ["quality", "finished", "seconds"], "", signal),
    get<{ items: Job[] }>(best, signal),
  ]);
  return { experiment, columns, best: top.items[0]?.quality == null ? null : top.items[0] };
}

export function ExperimentsSide({ names }: { names: string[] }) {
  const asked = useQueries({
    queries: names.map((name) => ({ queryKey: ["experiment", name, "side"], queryFn: ({ signal }: { signal: AbortSignal }) => side(name, signal) })),
  });
  const problems = asked.flatMap((each, at) => (each.error ? [{ name: names[at]!, error: each.error }] : []));
  const sides = asked.flatMap((each) => (each.data && !each.error ? [each.data] : []));
  if (asked.some((each) => each.isPending)) return <Skeleton lines={12} />;
  return (
    <>
      {problems.map(({ name, error }) => <Problem key={name} error={new Error(`${name}: ${error.message}`)} />)}
      {sides.length > 0 && <Facts sides={sides} names={names} />}
      {sides.length > 0 && <Progressing sides={sides} />}
    </>
  );
}

function Facts({ sides, names }: { sides: Side[]; names: string[] }) {
  const [, go] = useLocation();
  const rows: [string, (side: Side) => React.ReactNode][] = [
    ["Scheduler", ({ experiment }) => kindOf(experiment)],
    ["Goal", ({ experiment }) => (experiment.objective ? `${experiment.objective.direction} ${experiment.objective.result}` : "–")],
    ["Best", ({ best }) => (best ? <b>{number(best.quality, 6)}</b> : "–")],
    ["Best job", ({ best }) => (best ? <Link href={`/e/${seg(best.experiment)}/jobs/${seg(best.id)}`}><bdi>{best.id}</bdi></Link> : "–")],
    ["Jobs", ({ experiment }) => <Progress counts={experiment.counts} />],
    ["Crashed", ({ experiment }) => crashed(experiment)],
    ["A job takes (median)", ({ columns }) => middle(columns.data.get("seconds"))],
    ["Created", ({ experiment }) => <Time at={experiment.created} />],
    ["Last activity", ({ experiment }) => <Time at={experiment.modified} />],
  ];
  return (
    <div className="scroll boxed">
      <table className="compare">
        <caption className="sr">{plural(sides.length, "experiment")} side by side</caption>
        <thead><tr><td />{sides.map(({ experiment: { name } }, at) => (
          <th scope="col" key={name}>
            <Swatch of={at} /> <Link href={`/e/${seg(name)}`}><bdi>{name}</bdi></Link>
            {sides.length > 1 && <button className="quiet sign" aria-label={`Leave ${name} out`} onClick={() => go(experimentsAddress(names.filter((each) => each !== name)), { replace: true })}><Icon name="close" /></button>}
          </th>
        ))}</tr></thead>
        <tbody>{rows.map(([title, show]) => <tr key={title}><th scope="row">{title}</th>{sides.map((each) => <td key={each.experiment.name}>{show(each)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function crashed({ counts }: Experiment): string {
  const ended = STATUSES.filter((status) => status !== "QUEUED" && status !== "RUNNING").reduce((sum, status) => sum + counts[status], 0);
  return ended ? `${number(counts.CRASHED)} of ${number(ended)} that ended` : "–";
}

function middle(values: Float32Array | undefined): string {
  const sorted = (values ?? new Float32Array()).filter(Number.isFinite).sort();
  return sorted.length ? duration(sorted[sorted.length >> 1]!) : "–";
}

function Progressing({ sides }: { sides: Side[] }) {
  const [by, setBy] = useState<"jobs" | "time">("jobs");
  const goals = sides.map(({ experiment }) => experiment.objective);
  const goal = goals[0]?.result ?? "quality";
  const isOne = goals.every((each) => each?.result === goals[0]?.result && each?.direction === goals[0]?.direction);
  const steps = useMemo(() => sides.map(({ experiment, columns }) => {
    const [finished, qualities] = [columns.data.get("finished")!, columns.data.get("quality")!];
    const order = by === "jobs" ? ranks(finished) : finished.map((each) => each / 3600);
    return { key: experiment.name, name: experiment.name, points: bestSoFar(order, qualities, experiment.objective?.direction !== "min") };
  }), [sides, by]);
  const ecdf = useMemo(() => sides.map(({ experiment, columns }) => ({ key: experiment.name, name: experiment.name, points: shares(columns.data.get("quality")!) })), [sides]);
  if (!steps.some((line) => line.points.length)) return <p className="empty">No job has a usable result yet{goals.some((each) => !each) && ": say in the settings which result counts"}.</p>;
  return (
    <>
      {!isOne && <p className="note">They have different goals: compare the shapes, not the heights.</p>}
      <div className="overview">
        <Lines title="Best so far" x={by === "jobs" ? "jobs that ended" : "hours since it was made"} y={goal} lines={steps} isStep summary={`The best ${goal} so far, over ${by === "jobs" ? "jobs that ended" : "time"}.`}
          aside={<label className="inline">over<select value={by} onChange={(event) => setBy(event.target.value as "jobs" | "time")}><option value="jobs">jobs</option><option value="time">time</option></select></label>} />
        <Lines title="How good jobs are" x={goal} y="share of jobs" lines={ecdf} isStep summary={`The share of jobs whose ${goal} is at most so large.`} />
      </div>
    </>
  );
}
