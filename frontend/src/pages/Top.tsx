import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get, of, seg, type Experiment, type Job } from "../api";
import { ago, number, short, value } from "../format";
import { Panel, Problem, Skeleton } from "../ui";
import { lookUp, telling, useSchema } from "./jobs/fields";

interface TopProps {
  experiment: Experiment;
  sort: string;
  filter: string;
  title: string;
  empty: string;
  rows: number;
  columns: number;
}

/** A few jobs of a kind, and where to see all. */
export function Top({ experiment, sort, filter, title, empty, rows, columns: most }: TopProps) {
  const name = experiment.name;
  const schema = useSchema(name);
  const path = `${of(name)}table/?${new URLSearchParams({ f: filter, sort, size: String(rows) })}`;
  const { data, error, refetch } = useQuery({ queryKey: ["experiment", name, "table", path], queryFn: ({ signal }) => get<{ items: Job[]; total: number }>(path, signal) });
  const columns = telling(schema.data?.fields ?? []).filter((each) => each.startsWith("hyperparameters.")).slice(0, most);
  const isNumber = (field: string) => schema.data?.fields.find((each) => each.name === field)?.kind === "number";
  return (
    <Panel title={title} aside={data && data.total > rows && <Link href={`/e/${seg(name)}/jobs?${new URLSearchParams({ f: filter, sort })}`}>All {number(data.total)}</Link>}>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={4} />}
      {data?.items.length === 0 && <p className="dim">{empty}</p>}
      {data && data.items.length > 0 && (
        <div className="scroll"><table>
          <thead><tr><th scope="col">Id</th><th scope="col" className="number">{filter.includes("running") ? "Since" : (experiment.objective?.result ?? "Quality")}</th>{columns.map((each) => <th scope="col" key={each} className={isNumber(each) ? "number" : ""}><bdi>{short(each)}</bdi></th>)}</tr></thead>
          <tbody>{data.items.map((job) => (
            <tr key={job.id}>
              <th scope="row"><Link href={`/e/${seg(name)}/jobs/${seg(job.id)}`}>{job.id}</Link></th>
              <td className="number">{filter.includes("running") ? ago(job.started ?? job.modified) : number(job.quality, 5)}</td>
              {columns.map((each) => <td key={each} className={isNumber(each) ? "number" : ""}><bdi>{value(lookUp(job, each))}</bdi></td>)}
            </tr>
          ))}</tbody>
        </table></div>
      )}
    </Panel>
  );
}
