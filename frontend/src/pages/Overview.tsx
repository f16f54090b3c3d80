import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get, of, seg, type Experiment, type Job } from "../api";
import { History } from "../charts/History";
import { ago, number, short, value } from "../format";
import { Code, Panel, Problem, Skeleton } from "../ui";
import { useColumns, usePick } from "./Charts";
import { lookUp, telling, useSchema } from "./Jobs";

export function Overview({ experiment }: { experiment: Experiment }) {
  const total = Object.values(experiment.counts).reduce((sum, each) => sum + each, 0);
  if (total === 0) return <Start experiment={experiment} />;
  return (
    <div className="overview">
      {experiment.objective && <Progressing experiment={experiment} />}
      <Top experiment={experiment} sort={experiment.objective ? "best" : "-finished"} filter="status:done" title={experiment.objective ? "Best jobs" : "Latest jobs"} empty="No job is done yet." />
      <Top experiment={experiment} sort="started" filter="status:running" title="Running now" empty="Nothing runs right now." />
      <Trouble experiment={experiment} />
    </div>
  );
}

function Progressing({ experiment }: { experiment: Experiment }) {
  const { data, error, refetch } = useColumns(experiment, ["number", "quality"], "");
  const pick = usePick(experiment);
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  return data ? <History experiment={experiment} columns={data} onPick={pick} /> : <Skeleton lines={6} />;
}

interface TopProps {
  experiment: Experiment;
  sort: string;
  filter: string;
  title: string;
  empty: string;
}

function Top({ experiment, sort, filter, title, empty }: TopProps) {
  const name = experiment.name;
  const schema = useSchema(name);
  const path = `${of(name)}table/?${new URLSearchParams({ f: filter, sort, size: "8" })}`;
  const { data, error, refetch } = useQuery({ queryKey: ["experiment", name, "table", path], queryFn: ({ signal }) => get<{ items: Job[]; total: number }>(path, signal) });
  const columns = telling(schema.data?.fields ?? []).filter((each) => each.startsWith("hyperparameters.")).slice(0, 4);
  return (
    <Panel title={title} aside={data && data.total > 8 && <Link href={`/e/${seg(name)}/jobs?${new URLSearchParams({ f: filter, sort })}`}>All {number(data.total)}</Link>}>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={4} />}
      {data?.items.length === 0 && <p className="dim">{empty}</p>}
      {data && data.items.length > 0 && (
        <div className="scroll"><table>
          <thead><tr><th scope="col">Id</th><th scope="col">{filter.includes("running") ? "Since" : (experiment.objective?.result ?? "Quality")}</th>{columns.map((each) => <th scope="col" key={each}><bdi>{short(each)}</bdi></th>)}</tr></thead>
          <tbody>{data.items.map((job) => (
            <tr key={job.id}>
              <th scope="row"><Link href={`/e/${seg(name)}/jobs/${seg(job.id)}`}>{job.id}</Link></th>
              <td className="number">{filter.includes("running") ? ago(job.started ?? job.modified) : number(job.quality, 5)}</td>
              {columns.map((each) => <td key={each} className="number"><bdi>{value(lookUp(job, each))}</bdi></td>)}
            </tr>
          ))}</tbody>
        </table></div>
      )}
    </Panel>
  );
}

function Trouble({ experiment }: { experiment: Experiment }) {
  const { counts, name } = experiment;
  if (!counts.CRASHED) return null;
  const share = counts.CRASHED / (counts.CRASHED + counts.DONE + counts.PRUNED);
  return (
    <Panel title="Needs attention">
      <p>{number(counts.CRASHED)} crashed ({Math.round(share * 100)} % of those that ended). <Link href={`/e/${seg(name)}/jobs?f=status:crashed&sort=-finished&cols=worker,seconds`}>Look at them</Link></p>
    </Panel>
  );
}

function Start({ experiment }: { experiment: Experiment }) {
  const name = JSON.stringify(experiment.name);
  return (
    <section className="empty">
      <h2>Ready for its first job</h2>
      <p>Start a worker; as many as you like, wherever you like:</p>
      <Code>{`import schedy\n\nexperiment = schedy.SchedyDB().get_experiment(${name})\nwhile True:\n    with experiment.next_job(wait=60) as job:\n        job.results[${JSON.stringify(experiment.objective?.result ?? "loss")}] = train(**job.hyperparameters)`}</Code>
      <p>Or run any command, in any language:</p>
      <Code>{`schedy run ${/^[\w.-]+$/.test(experiment.name) ? experiment.name : `'${experiment.name.replace(/'/g, `'\\''`)}'`} -- python train.py %h`}</Code>
    </section>
  );
}
