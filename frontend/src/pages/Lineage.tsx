import { useMemo, useState } from "react";
import type { Columns, Experiment } from "../api";
import { extent, makeAxis, suggestsLog } from "../charts/axis";
import { viridis } from "../charts/colours";
import { Frame, useWidth } from "../charts/Frame";
import { number, plural, short } from "../format";
import { Problem, Skeleton } from "../ui";
import { useColumns, usePick } from "./Charts";
import { useSchema } from "./jobs/fields";

export interface Node {
  number: number;
  parent: number | null;
  member: number;
  generation: number;
  quality: number;
  status: string;
}

export function nodesOf(columns: Columns): Node[] {
  const at = (name: string) => columns.data.get(name)!;
  const statuses = columns.categories.get("status") ?? [];
  return Array.from({ length: columns.n }, (_, index) => ({
    number: at("number")[index]!,
    parent: at("parent")[index]! || null,
    member: at("member")[index]! || at("number")[index]!,
    generation: at("generation")[index]! || 0,
    quality: at("quality")[index]!,
    status: statuses[at("status")[index]!] ?? "",
  }));
}

/** The job that precedes each: the one that it copied, or the one before it in its own line. */
export function predecessors(nodes: Node[]): Map<number, number> {
  const known = new Set(nodes.map((each) => each.number));
  const latest = new Map<number, Node>();
  const found = new Map<number, number>();
  for (const node of [...nodes].sort((a, b) => a.number - b.number)) {
    const before = node.parent !== null && known.has(node.parent) ? node.parent : latest.get(node.member)?.number;
    if (before !== undefined) found.set(node.number, before);
    latest.set(node.member, node);
  }
  return found;
}

export function lineOf(best: number, before: Map<number, number>): number[] {
  const line = [best];
  for (let at = before.get(best); at !== undefined && line.length < 100_000; at = before.get(at)) line.push(at);
  return line.reverse();
}

export default function Lineage({ experiment }: { experiment: Experiment }) {
  const schema = useSchema(experiment.name);
  const fields = useMemo(() => (schema.data?.fields ?? []).filter((field) => field.name.startsWith("hyperparameters.") && field.kind === "number").map((field) => field.name), [schema.data]);
  const { data, error, refetch } = useColumns(experiment, schema.data ? ["number", "parent", "member", "generation", "quality", "status", ...fields] : [], "");
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  if (data.n === 0) return <p className="empty">The population is empty yet.</p>;
  return <Tree experiment={experiment} columns={data} fields={fields} />;
}

const ROW = 22;
const LEFT = 70;

function Tree({ experiment, columns, fields }: { experiment: Experiment; columns: Columns; fields: string[] }) {
  const [box, width] = useWidth();
  const [onlyLine, setOnlyLine] = useState(false);
  const pick = usePick(experiment);
  const nodes = useMemo(() => nodesOf(columns), [columns]);
  const before = useMemo(() => predecessors(nodes), [nodes]);
  const sign = experiment.objective?.direction === "min" ? -1 : 1;
  const best = nodes.filter((each) => !Number.isNaN(each.quality)).reduce<Node | null>((top, each) => (!top || sign * each.quality > sign * top.quality ? each : top), null);
  const line = useMemo(() => (best ? lineOf(best.number, before) : []), [best, before]);
  const onLine = new Set(line);
  const members = [...new Set(nodes.map((each) => each.member))].sort((a, b) => a - b);
  const last = Math.max(1, ...nodes.map((each) => each.generation));
  const x = (node: Node) => LEFT + 14 + (node.generation * (Math.max(200, width) - LEFT - 40)) / last;
  const y = (node: Node) => 30 + members.indexOf(node.member) * ROW;
  const span = extent(columns.data.get("quality")!) ?? { low: 0, high: 1 };
  const share = (quality: number) => { const place = (quality - span.low) / (span.high - span.low || 1); return sign > 0 ? place : 1 - place; };
  const byNumber = new Map(nodes.map((each) => [each.number, each]));
  const height = 44 + members.length * ROW;
  const copies = nodes.filter((each) => each.parent !== null && byNumber.get(each.parent)?.member !== each.member).length;
  const summary = `${plural(members.length, "member")}, up to ${plural(last + 1, "generation")}; ${plural(copies, "time")} a member copied another.${best ? ` The best job, ${number(best.number)}, has ${number(best.quality, 5)}; its line has ${plural(line.length, "job")}.` : ""}`;
  return (
    <div className="charts">
      <Frame title="Lineage" summary={summary} head={["job", "member", "generation", "after job", "quality"]} rows={() => nodes.map((each) => [each.number, each.member, each.generation, before.get(each.number) ?? "", each.quality])}
        aside={<label className="inline"><input type="checkbox" checked={onlyLine} onChange={(event) => setOnlyLine(event.target.checked)} /> only the best line</label>}>
        <div ref={box} className="plot scroll">
          {width > 0 && (
            <svg className="drawing still" width={width} height={height} role="img" aria-label={summary}>
              <text className="title" x={LEFT + 14} y={12}>generation →</text>
              {members.map((member) => <text key={member} x={LEFT - 6} y={30 + members.indexOf(member) * ROW} textAnchor="end" dominantBaseline="middle">member {member}</text>)}
              {nodes.map((node) => {
                const from = byNumber.get(before.get(node.number) ?? -1);
                if (!from || (onlyLine && !onLine.has(node.number))) return null;
                const isBest = onLine.has(node.number) && onLine.has(from.number);
                const middle = (x(from) + x(node)) / 2;
                return <path key={node.number} className={isBest ? "edge winning" : from.member === node.member ? "edge" : "edge copied"} d={`M${x(from)} ${y(from)}C${middle} ${y(from)} ${middle} ${y(node)} ${x(node)} ${y(node)}`} fill="none" />;
              })}
              {nodes.map((node) => (onlyLine && !onLine.has(node.number) ? null : (
                <circle key={node.number} className="node" cx={x(node)} cy={y(node)} r={node.number === best?.number ? 7 : 5} fill={Number.isNaN(node.quality) ? "none" : viridis(share(node.quality))} onClick={() => pick(node.number)}>
                  <title>{`job ${node.number}, generation ${node.generation}: ${number(node.quality, 5)}, ${node.status.toLowerCase()}`}</title>
                </circle>
              )))}
            </svg>
          )}
        </div>
      </Frame>
      <div className="slices">{best && fields.map((field) => <Schedule key={field} columns={columns} field={field} line={line} />)}</div>
    </div>
  );
}

/** How a hyperparameter went along the line that led to the best job. */
function Schedule({ columns, field, line }: { columns: Columns; field: string; line: number[] }) {
  const [box, width] = useWidth();
  const numbers = columns.data.get("number")!;
  const values = columns.data.get(field)!;
  const place = useMemo(() => new Map(Array.from(numbers, (each, at) => [each, at])), [numbers]);
  const points = line.map((each) => values[place.get(each)!]!);
  const height = 170;
  const x = makeAxis("generation", "linear", { low: 0, high: Math.max(1, points.length - 1) }, [46, Math.max(60, width - 10)]);
  const y = makeAxis(short(field), suggestsLog(values) ? "log" : "linear", extent(values) ?? { low: 0, high: 1 }, [height - 24, 8]);
  const path = points.map((each, at) => (at ? `H${x.at(at)}V${y.at(each)}` : `M${x.at(0)} ${y.at(each)}`)).join("");
  const summary = `${short(field)} along the best line: from ${number(points[0])} to ${number(points.at(-1))} in ${plural(points.length, "job")}.`;
  return (
    <Frame title={`${short(field)} of the winning line`} summary={summary} head={["generation", "job", short(field)]} rows={() => line.map((each, at) => [at, each, points[at]!])}>
      <div ref={box} className="plot" style={{ height }}>
        {width > 0 && (
          <svg className="drawing" width={width} height={height} role="img" aria-label={summary}>
            {y.ticks.map((tick) => <g key={tick.at}><line className="grid" x1={46} x2={width - 10} y1={tick.at} y2={tick.at} /><text x={40} y={tick.at} textAnchor="end" dominantBaseline="middle">{tick.label}</text></g>)}
            {x.ticks.map((tick) => <text key={tick.at} x={tick.at} y={height - 6} textAnchor="middle">{tick.label}</text>)}
            <path className="best" d={path} fill="none" />
            {points.map((each, at) => <circle key={at} className="best" cx={x.at(at)} cy={y.at(each)} r={3} />)}
          </svg>
        )}
      </div>
    </Frame>
  );
}
