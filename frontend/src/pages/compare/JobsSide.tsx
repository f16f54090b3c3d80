/** Jobs side by side: what was different, and what it did. */

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { get, of, seg, type Columns, type Experiment, type Job } from "../../api";
import { LocalView } from "../../charts/LocalView";
import { Parallel } from "../../charts/Parallel";
import { number, plural } from "../../format";
import { Icon, Name, Problem, Skeleton, StatusBadge, Time } from "../../ui";
import { isSame, jobsAddress, type Compared, type Which } from "./address";
import { change, differs, isCurve, rowsOf, written, type Row } from "./differences";
import { Lines, Swatch } from "./Lines";
import { settingsOf } from "../jobs/fields";

const GROUPS: Row["group"][] = ["Outcome", "Results", "Hyperparameters", "Course"];

export function JobsSide({ compared }: { compared: Compared }) {
  const names = [...new Set(compared.jobs.map((each) => each.experiment))];
  const jobs = useQueries({
    queries: compared.jobs.map(({ experiment, id }) => ({
      queryKey: ["experiment", experiment, "job", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => get<Job>(`${of(experiment)}jobs/${seg(id)}/`, signal),
    })),
  });
  const experiments = useQueries({
    queries: names.map(settingsOf),
  });
  const missing = compared.jobs.flatMap((which, at) => (jobs[at]?.error ? [{ which, error: jobs[at].error }] : []));
  const found = jobs.flatMap((each) => (each.data && !each.error ? [each.data] : []));
  if (jobs.some((each) => each.isPending) || experiments.some((each) => each.isPending)) return <Skeleton lines={12} />;
  const first = experiments.find((each) => each.data)?.data;
  return (
    <>
      {missing.map(({ which, error }) => <Problem key={`${which.experiment} ${which.id}`} error={new Error(`${which.id}: ${error.message}`)} />)}
      {found.length > 0 && <Comparison jobs={found} compared={compared} goal={names.length === 1 ? (first?.objective ?? null) : null} />}
      {found.length > 1 && <Curves jobs={found} />}
      {found.length > 1 && names.length === 1 && first && <Together experiment={first} jobs={found} />}
    </>
  );
}

const whichOf = (job: Job): Which => ({ experiment: job.experiment, id: job.id });

function Comparison({ jobs, compared, goal }: { jobs: Job[]; compared: Compared; goal: Experiment["objective"] }) {
  const [, go] = useLocation();
  const base = Math.max(0, jobs.findIndex((job) => isSame(whichOf(job), compared.base)));
  const rows = rowsOf(jobs, goal?.result ?? "quality").filter((row) => compared.all || differs(row) || row.group === "Outcome");
  const several = new Set(jobs.map((job) => job.experiment)).size > 1;
  const reach = (changes: Partial<{ jobs: Which[]; base: Which | null; all: boolean }>) => {
    const next = { jobs: jobs.map(whichOf), base: compared.base, all: compared.all, ...changes };
    go(jobsAddress(next.jobs, next.base, next.all), { replace: true });
  };
  return (
    <>
      <div className="bar-of-tools">
        <label className="inline"><input type="checkbox" checked={!compared.all} onChange={(event) => reach({ all: !event.target.checked })} /> only differences</label>
        <label className="inline">Base<select value={base} onChange={(event) => reach({ base: whichOf(jobs[Number(event.target.value)]!) })}>{jobs.map((job, at) => <option key={`${job.experiment} ${job.id}`} value={at}>{several ? `${job.experiment} / ` : ""}{job.id}</option>)}</select></label>
      </div>
      <div className="scroll boxed">
        <table className="compare">
          <caption className="sr">{plural(jobs.length, "job")} side by side</caption>
          <thead><tr><td />{jobs.map((job, at) => (
            <th scope="col" key={`${job.experiment} ${job.id}`} className={at === base ? "base" : undefined}>
              <Swatch of={at} /> <Link href={`/e/${seg(job.experiment)}/jobs/${seg(job.id)}`}><bdi>{job.id}</bdi></Link>
              {jobs.length > 1 && <button className="quiet sign" aria-label={`Leave ${job.id} out`} onClick={() => reach({ jobs: jobs.filter((each) => each !== job).map(whichOf) })}><Icon name="close" /></button>}
              <br />{at === base ? <small>base</small> : <button className="link" onClick={() => reach({ base: whichOf(job) })}>make it the base</button>}
              {several && <><br /><small><bdi>{job.experiment}</bdi></small></>}
            </th>
          ))}</tr></thead>
          {GROUPS.map((group) => {
            const here = rows.filter((row) => row.group === group);
            return here.length > 0 && (
              <tbody key={group}>
                <tr className="group"><th scope="rowgroup" colSpan={jobs.length + 1}>{group}</th></tr>
                {here.map((row) => <Values key={row.name} row={row} base={base} jobs={jobs} direction={row.group === "Outcome" ? (goal?.direction ?? null) : null} />)}
              </tbody>
            );
          })}
        </table>
      </div>
      {!compared.all && rows.length === 1 && <p className="dim">They do not differ in anything else.</p>}
    </>
  );
}

function Values({ row, base, jobs, direction }: { row: Row; base: number; jobs: Job[]; direction: "min" | "max" | null }) {
  return (
    <tr>
      <th scope="row"><Name>{row.name}</Name></th>
      {row.values.map((item, at) => {
        const isAlike = written(row, item) === written(row, row.values[base]);
        const by = isAlike ? null : change(row.values[base], item, row.group === "Hyperparameters" || row.name === "duration" ? "ratio" : "difference");
        const isGood = by && direction ? (by.way === "more") === (direction === "max") : null;
        return (
          <td key={at} className={`${typeof item === "number" ? "number" : ""}${at === base ? " base" : ""}`}>
            <Content row={row} item={item} job={jobs[at]!} />
            {by && <small className={isGood === null ? "change" : isGood ? "change good" : "change bad"}>{by.text} <span aria-hidden="true">{by.way === "more" ? "▲" : "▼"}</span><span className="sr">{isGood === null ? "" : isGood ? " better" : " worse"}</span></small>}
          </td>
        );
      })}
    </tr>
  );
}

function Content({ row, item, job }: { row: Row; item: unknown; job: Job }) {
  if (row.group === "Course" && row.name === "status") return <StatusBadge status={job.status} />;
  if (row.group === "Course" && ["started", "finished"].includes(row.name)) return typeof item === "string" ? <Time at={item} /> : "–";
  if (isCurve(item)) return <span className="dim">{number(item.length)} values, to {number(item.at(-1), 5)}</span>;
  return <bdi>{written(row, item)}</bdi>;
}

function Curves({ jobs }: { jobs: Job[] }) {
  const names = [...new Set(jobs.flatMap((job) => Object.keys(job.results).filter((name) => isCurve(job.results[name]))))];
  return (
    <div className="charts">
      {names.slice(0, 6).map((name) => {
        const with_ = jobs.filter((job) => isCurve(job.results[name]));
        return (
          <Lines key={name} title={name} x="step" y={name} summary={`${name} of ${plural(with_.length, "job")}, step by step.`}
            lines={jobs.map((job) => ({ key: `${job.experiment} ${job.id}`, name: job.id, points: isCurve(job.results[name]) ? (job.results[name] as number[]).map((y, at) => ({ x: at + 1, y })) : [] }))} />
        );
      })}
    </div>
  );
}

/** Parallel coordinates with only these jobs. */
function Together({ experiment, jobs }: { experiment: Experiment; jobs: Job[] }) {
  const [columns, fields] = useMemo(() => columnsOf(jobs), [jobs]);
  if (fields.length < 2) return null;
  return <LocalView experiment={experiment} columns={columns} names={fields} hasSeries><Parallel /></LocalView>;
}

export function columnsOf(jobs: Job[]): [Columns, string[]] {
  const data = new Map<string, Float32Array>([["quality", Float32Array.from(jobs, (job) => job.quality ?? NaN)], ["number", Float32Array.from(jobs, (job) => job.number)]]);
  const categories = new Map<string, string[] | null>();
  const fields: string[] = [];
  for (const row of rowsOf(jobs, "").filter((each) => each.group === "Hyperparameters" && differs(each))) {
    const field = `hyperparameters.${row.name}`;
    const texts = row.values.some((each) => typeof each === "string" || typeof each === "boolean");
    const labels = texts ? [...new Set(row.values.filter((each) => each !== undefined).map(String))].sort() : null;
    if (!texts && !row.values.some((each) => typeof each === "number")) continue;
    data.set(field, Float32Array.from(row.values, (each) => (labels ? (each === undefined ? NaN : labels.indexOf(String(each))) : typeof each === "number" ? each : NaN)));
    categories.set(field, labels);
    fields.push(field);
  }
  return [{ n: jobs.length, revision: 0, start: 0, data, categories }, fields];
}
