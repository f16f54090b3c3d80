import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Link } from "wouter";
import { get, of, seg, url, type Experiment } from "../api";
import { plural } from "../format";
import { Boundary, Problem, Progress, Skeleton } from "../ui";
import { kindOf, PauseButton } from "./Experiments";
import { Jobs } from "./Jobs";
import { Overview } from "./Overview";
import { Settings } from "./Settings";

const Charts = lazy(() => import("./Charts"));
const Lineage = lazy(() => import("./Lineage"));

export default function ExperimentPage({ name, part }: { name: string; part: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["experiment", name, "settings"],
    queryFn: ({ signal }) => get<Experiment>(of(name), signal),
  });
  if (error) return <><h1>{name}</h1><Problem error={error} retry={() => void refetch()} /></>;
  if (!data) return <Skeleton lines={8} />;
  const parts: [string, string][] = [
    ["overview", "Overview"],
    ["jobs", "Jobs"],
    ["charts", "Charts"],
    ...("PBT" in data.scheduler ? ([["lineage", "Lineage"]] as [string, string][]) : []),
    ["settings", "Settings"],
  ];
  const total = Object.values(data.counts).reduce((sum, each) => sum + each, 0);
  return (
    <>
      <div className="heading">
        <h1><Link href="/">Experiments</Link> / {data.name}</h1>
        <span className="grow" />
        <PauseButton experiment={data} />
        <a className="button" href={url(`${of(name)}export/?format=csv`)}>Download CSV</a>
      </div>
      <p className="facts">
        <span>{kindOf(data)}</span>
        {data.objective && <span>{data.objective.direction === "max" ? "maximises" : "minimises"} <b>{data.objective.result}</b></span>}
        <span>{plural(total, "job")}</span>
        <Progress counts={data.counts} />
      </p>
      <nav className="tabs" aria-label="Parts of the experiment">
        {parts.map(([id, title]) => (
          <Link key={id} href={`/e/${seg(name)}/${id}`} aria-current={id === part ? "page" : undefined}>{title}</Link>
        ))}
      </nav>
      <Boundary key={part}>
        <Suspense fallback={<Skeleton lines={6} />}>
          {part === "overview" && <Overview experiment={data} />}
          {part === "jobs" && <Jobs experiment={data} />}
          {part === "charts" && <Charts experiment={data} />}
          {part === "lineage" && <Lineage experiment={data} />}
          {part === "settings" && <Settings experiment={data} />}
        </Suspense>
      </Boundary>
    </>
  );
}
