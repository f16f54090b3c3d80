import { useMemo } from "react";
import type { Columns } from "../api";
import { number, plural } from "../format";
import { extent, suggestsLog, type Spec } from "./axis";
import { Frame } from "./Frame";
import { diversity, factor, type Node } from "./lineage";
import { Plot, type Marks } from "./Plot";
import { nameOf, useView } from "./view";

const generations = (count: number): Spec => ({ name: "generation", kind: "linear", span: { low: 0, high: Math.max(1, count - 1) }, exact: true });

/** How a hyperparameter went along the line that led to the best job. */
export function Schedule({ columns, field, line }: { columns: Columns; field: string; line: Node[] }) {
  const view = useView();
  const name = nameOf(view, field);
  const values = columns.data.get(field)!;
  const points = useMemo(() => Float32Array.from(line, (node) => values[node.at]!), [line, values]);
  const xs = useMemo(() => Float32Array.from(line, (node) => node.generation), [line]);
  const marks = useMemo((): Marks => ({
    xs, ys: points, isHidden: true, numbers: Float32Array.from(line, (node) => node.number),
    say: (at) => { const by = at ? factor(points[at - 1], points[at]) : null; return [["job", number(line[at]!.number)], [name, `${number(points[at], 5)}${by === null ? "" : ` ×${number(by, 3)}`}`]]; },
  }), [xs, points, line, name]);
  const y = useMemo((): Spec => ({ name, kind: view.scales[field] ?? (suggestsLog(values) ? "log" : "linear"), span: extent(points) ?? { low: 0, high: 1 } }), [name, field, values, points, view.scales]);
  const summary = `${name} along the best line: from ${number(points[0])} to ${number(points.at(-1))} in ${plural(points.length, "job")}.`;
  return (
    <Frame title={`${name} of the winning line`} summary={summary} head={["generation", "job", name]} rows={() => line.map((node, at) => [node.generation, node.number, points[at]!])}>
      <Plot id={`schedule-${field}`} label={summary} height={200} x={generations(Math.max(...xs) + 1)} y={y} marks={marks}>
        {(inner) => <>
          <path className="best" d={Array.from(points, (each, at) => (at ? `H${inner.x.at(xs[at]!)}V${inner.y.at(each)}` : `M${inner.x.at(xs[0]!)} ${inner.y.at(each)}`)).join("")} fill="none" />
          {Array.from(points, (each, at) => <circle key={at} className="best" cx={inner.x.at(xs[at]!)} cy={inner.y.at(each)} r={3} />)}
        </>}
      </Plot>
    </Frame>
  );
}

/** How far apart the members of a population still are. */
export function Diversity({ columns, nodes, fields }: { columns: Columns; nodes: Node[]; fields: string[] }) {
  const spreads = useMemo(() => diversity(columns, nodes, fields), [columns, nodes, fields]);
  const [xs, ys] = useMemo(() => [Float32Array.from(spreads, (_, at) => at), Float32Array.from(spreads, (each) => each * 100)], [spreads]);
  const marks = useMemo((): Marks => ({ xs, ys, isHidden: true, say: (at) => [["generation", number(xs[at])], ["diversity", `${number(ys[at], 3)} %`]] }), [xs, ys]);
  if (spreads.length < 2) return null;
  const summary = `The members' hyperparameters spread over ${number(ys[0], 2)} % of their range at first, over ${number(ys.at(-1), 2)} % in the last generation.`;
  return (
    <Frame title="Diversity per generation" summary={summary} head={["generation", "spread as a share of the range"]} rows={() => spreads.map((each, at) => [at, each])}>
      <Plot id="diversity" label={summary} height={200} x={generations(spreads.length)} y={{ name: "spread (%)", kind: "linear", span: { low: 0, high: Math.max(1, ...ys) } }} marks={marks}>
        {(inner) => <>
          <path className="line" d={spreads.map((each, at) => `${at ? "L" : "M"}${inner.x.at(at)} ${inner.y.at(each * 100)}`).join("")} fill="none" />
          {spreads.map((each, at) => <circle key={at} className="line-dot" cx={inner.x.at(at)} cy={inner.y.at(each * 100)} r={3} />)}
        </>}
      </Plot>
    </Frame>
  );
}
