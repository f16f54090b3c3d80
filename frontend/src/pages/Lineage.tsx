import { useMemo } from "react";
import { useSearchParams } from "wouter";
import type { Columns, Experiment } from "../api";
import { Loaded, useColumns } from "../charts/answers";
import { lineOf, nodesOf, predecessors, type Node } from "../charts/lineage";
import { LocalView } from "../charts/LocalView";
import { Diversity, Schedule } from "../charts/Schedules";
import { Tree } from "../charts/Tree";
import { Problem, Skeleton } from "../ui";
import { usePick } from "./Charts";
import { useSchema } from "./jobs/fields";

const FIXED = ["number", "parent", "member", "generation", "quality", "status"];

export default function Lineage({ experiment }: { experiment: Experiment }) {
  const schema = useSchema(experiment.name);
  const fields = useMemo(() => (schema.data?.fields ?? []).filter((field) => field.name.startsWith("hyperparameters.") && field.kind === "number" && !field.name.includes(",")).map((field) => field.name), [schema.data]);
  const asked = useMemo(() => (schema.data ? [...FIXED, ...fields] : []), [schema.data, fields]);
  const query = useColumns(experiment, asked, "");
  if (schema.error) return <Problem error={schema.error} retry={() => void schema.refetch()} />;
  if (!schema.data) return <Skeleton lines={8} />;
  return (
    <Loaded title="Lineage" query={query} height={320}>
      {(columns) => (columns.n === 0 ? <p className="empty">The population is empty yet. Who came from whom is drawn here as soon as workers have begun.</p> : <Drawn experiment={experiment} columns={columns} fields={fields.filter((field) => columns.data.has(field))} />)}
    </Loaded>
  );
}

function Drawn({ experiment, columns, fields }: { experiment: Experiment; columns: Columns; fields: string[] }) {
  const [query, setQuery] = useSearchParams();
  const pick = usePick(experiment);
  const nodes = useMemo(() => nodesOf(columns), [columns]);
  const before = useMemo(() => predecessors(nodes), [nodes]);
  const sign = experiment.objective?.direction === "min" ? -1 : 1;
  const best = useMemo(() => nodes.filter((each) => !Number.isNaN(each.quality)).reduce<Node | null>((top, each) => (!top || sign * each.quality > sign * top.quality ? each : top), null), [nodes, sign]);
  const line = useMemo(() => (best ? lineOf(best.number, before) : []), [best, before]);
  const path = useMemo(() => { const byNumber = new Map(nodes.map((each) => [each.number, each])); return line.map((each) => byNumber.get(each)!); }, [nodes, line]);
  const asked = Number(query.get("focus"));
  const focus = nodes.some((each) => each.number === asked) ? asked : null;
  const onFocus = (number: number | null) => setQuery((old) => { if (number === null) old.delete("focus"); else old.set("focus", String(number)); return old; }, { replace: true });
  return (
    <LocalView experiment={experiment} columns={columns} names={fields} pick={pick}>
      <div className="charts">
        <Tree columns={columns} nodes={nodes} before={before} best={best} line={line} fields={fields} focus={focus} onFocus={onFocus} />
        <div className="slices">
          {path.length > 0 && fields.map((field) => <Schedule key={field} columns={columns} field={field} line={path} />)}
          <Diversity columns={columns} nodes={nodes} fields={fields} />
        </div>
      </div>
    </LocalView>
  );
}
