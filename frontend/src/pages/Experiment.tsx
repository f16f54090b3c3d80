/** One experiment: how it stands, and its parts. */

import { usePrefetchQuery, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get, of, Refused, seg, url, type Experiment, type Job } from "../api";
import { chunk } from "../chunk";
import { experimentCommands, exportPath } from "../copyas";
import { CopyAs } from "../CopyMenu";
import { duration, number, plural } from "../format";
import { Menu } from "../menu";
import { remaining } from "../pace";
import { Boundary, Icon, Name, Problem, Progress, Skeleton } from "../ui";
import { kindOf, PauseButton } from "./Experiments";
import { Jobs } from "./Jobs";
import { schemaOf, settingsOf } from "./jobs/fields";
import { Overview } from "./Overview";
import { Settings } from "./Settings";

const Charts = chunk(() => import("./Charts").then((module) => module.default));
const Lineage = chunk(() => import("./Lineage").then((module) => module.default));
const WorkersPart = chunk(() => import("./Workers").then((module) => module.WorkerList));

const HOUR = 3600;

export default function ExperimentPage({ name, part }: { name: string; part: string }) {
  // What most parts ask for, without waiting for how the experiment is set up.
  usePrefetchQuery(schemaOf(name));
  const { data, error, refetch } = useQuery(settingsOf(name));
  const isGone = error instanceof Refused && error.status === 404;
  if (error && (!data || isGone)) return <><h1><bdi>{name}</bdi></h1><Problem error={error} retry={() => void refetch()} /><p><Link href="/">See all experiments</Link></p></>;
  if (!data) return <Skeleton lines={8} />;
  const total = Object.values(data.counts).reduce((sum, each) => sum + each, 0);
  const parts: [string, string, number | null][] = [
    ["overview", "Overview", null],
    ["jobs", "Jobs", total],
    ["charts", "Charts", null],
    ...("PBT" in data.scheduler ? ([["lineage", "Lineage", null]] as [string, string, null][]) : []),
    ["workers", "Workers", null],
    ["settings", "Settings", null],
  ];
  return (
    <>
      <div className="heading">
        <h1><Link href="/">Experiments</Link> / <bdi>{data.name}</bdi></h1>
        <span className="grow" />
        <PauseButton experiment={data} />
        <CopyAs {...experimentCommands(data.name, data.status === "RUNNING" ? "pause" : "resume")} />
        <Menu label={<><Icon name="save" /> Download</>} name="Download all jobs">
          <a className="item button" data-closes href={url(exportPath(name, "csv", "", null))}>All jobs as CSV</a>
          <a className="item button" data-closes href={url(exportPath(name, "jsonl", "", null))}>All jobs as JSON lines</a>
          <a className="item button" data-closes href={url(exportPath(name, "json", "", null))}>All jobs as JSON</a>
        </Menu>
      </div>
      <Facts experiment={data} total={total} />
      <nav className="tabs" aria-label="Parts of the experiment">
        {parts.map(([id, title, count]) => (
          <Link key={id} href={`/e/${seg(name)}/${id}`} aria-current={id === part ? "page" : undefined} aria-label={title}>{title}{count !== null && count > 0 && <small> {number(count)}</small>}</Link>
        ))}
      </nav>
      <Boundary key={part}>
        {part === "overview" && <Overview experiment={data} />}
        {part === "jobs" && <Jobs experiment={data} />}
        {part === "charts" && <Charts experiment={data} />}
        {part === "lineage" && ("PBT" in data.scheduler ? <Lineage experiment={data} /> : <NoLineage name={name} />)}
        {part === "workers" && <WorkersPart experiment={name} />}
        {part === "settings" && <Settings experiment={data} />}
        {part !== "lineage" && !parts.some(([id]) => id === part) && <p className="empty">There is no such part. <Link href={`/e/${seg(name)}`}>See the overview</Link></p>}
      </Boundary>
    </>
  );
}

const NoLineage = ({ name }: { name: string }) => (
  <p className="empty">Only population-based training has a lineage: here no job goes on from another. <Link href={`/e/${seg(name)}/charts`}>See the charts</Link></p>
);

function Facts({ experiment, total }: { experiment: Experiment; total: number }) {
  const { objective, counts } = experiment;
  const best = useBest(experiment);
  const rate = useRate(experiment);
  const left = remaining(experiment, rate ?? 0);
  return (
    <p className="facts">
      <span>{kindOf(experiment)}</span>
      {objective && <span>{objective.direction === "max" ? "maximises" : "minimises"} <b><Name>{objective.result}</Name></b></span>}
      <span>{plural(total, "job")}</span>
      <Progress counts={counts} />
      {best && <span>best <Link href={`/e/${seg(experiment.name)}/jobs/${seg(best.id)}`}><b className="number">{number(best.quality, 5)}</b></Link></span>}
      {rate !== null && rate > 0 && <span title="Jobs that ended in the last hour"><b className="number">{number(rate, 3)}</b> jobs/h</span>}
      {left !== null && <span title="At the pace of the last hour">about <b>{duration(left)}</b> left</span>}
    </p>
  );
}

function useBest(experiment: Experiment): Job | null {
  const path = `${of(experiment.name)}table/?${new URLSearchParams({ f: "status:done", sort: "best", size: "1" })}`;
  const { data } = useQuery({
    queryKey: ["experiment", experiment.name, "best"],
    queryFn: ({ signal }) => get<{ items: Job[] }>(path, signal),
    enabled: experiment.objective !== null && experiment.counts.DONE > 0,
  });
  const job = data?.items[0];
  return job && job.quality !== null ? job : null;
}

/** How many jobs came to an end in the last hour; of a younger experiment, at that pace. */
function useRate(experiment: Experiment): number | null {
  const { data } = useQuery({
    queryKey: ["experiment", experiment.name, "rate"],
    queryFn: async ({ signal }) => {
      const now = Date.now() / 1000;
      const page = await get<{ total: number }>(`${of(experiment.name)}table/?${new URLSearchParams({ f: `finished>=${Math.round(now - HOUR)}`, size: "1" })}`, signal);
      const age = Math.min(HOUR, now - Date.parse(experiment.created) / 1000);
      return age < 60 ? null : (page.total * HOUR) / age;
    },
    meta: { every: 20 },
    refetchInterval: 60_000,
  });
  return data ?? null;
}
