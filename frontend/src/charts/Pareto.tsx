import { useMemo } from "react";
import { number, plural } from "../format";
import { useChoice } from "../query";
import { Loaded, noted, useAnalysis, useMore, type Analysis } from "./answers";
import type { Spec } from "./axis";
import { Legend, useColours } from "./colour";
import { Empty, Frame } from "./Frame";
import { rowsOf, sayJob } from "./jobs";
import { FieldSelect } from "./Pickers";
import { Plot, type Marks } from "./Plot";
import { analysed, nameOf, Scales, useSpec, useView } from "./view";
import type { Columns, Field } from "../api";

type Direction = "min" | "max";

export interface ParetoAnswer extends Analysis {
  objectives: { field: string; direction: Direction }[];
  front: { number: number; id: string; values: number[] }[];
  hypervolume: { number: number; value: number }[];
  reference: number[];
}

type Pair = [{ field: string; direction: Direction }, { field: string; direction: Direction }];

/** The field that most jobs have. */
function fullest(fields: Field[], names: string[]): string | undefined {
  const missing = (name: string) => fields.find((field) => field.name === name)?.missing ?? Infinity;
  return [...names].sort((a, b) => missing(a) - missing(b))[0];
}

/** `results.loss:min` and `seconds:min`, as an address names two goals. */
function readPair(written: string[]): Pair | null {
  const goals = written.map((each) => ({ field: each.replace(/:(min|max)$/, ""), direction: each.endsWith(":max") ? "max" : "min" } as const));
  return goals.length === 2 ? [goals[0]!, goals[1]!] : null;
}

/** What can't be had better in one way without being worse in the other. */
export function Pareto() {
  const view = useView();
  const isTimed = view.fields.some((field) => field.name === "seconds" && field.high !== null);
  const offered = useMemo(() => ["quality", ...(isTimed ? ["seconds"] : []), ...view.fields.filter((field) => field.name.startsWith("results.") && field.kind === "number" && field.name !== `results.${view.experiment.objective?.result ?? ""}`).map((field) => field.name)].filter((field) => field !== "quality" || view.experiment.objective), [view.fields, isTimed, view.experiment.objective]);
  const first = offered.includes(view.target) ? view.target : (offered[0] ?? "seconds");
  const [written, write] = useChoice("pareto");
  const chosen = useMemo(() => readPair(written), [written]);
  const choose = (next: Pair) => write(next.map((each) => `${each.field}:${each.direction}`));
  const pair: Pair = chosen ?? [{ field: first, direction: view.isMax ? "max" : "min" }, { field: fullest(view.fields, offered.filter((each) => each !== first)) ?? "", direction: "min" }];
  const fields = useMemo(() => [...new Set(["number", pair[0].field, pair[1].field, ...(view.colour ? [view.colour] : [])])], [pair[0].field, pair[1].field, view.colour]);
  const hasTwo = pair[0].field !== pair[1].field && pair.every((each) => offered.includes(each.field));
  const query = useAnalysis<ParetoAnswer>(view, "pareto", { objectives: pair.map((each) => `${each.field}:${each.direction}`).join(",") }, hasTwo);
  const more = useMore(view, fields);
  const controls = pair.map((each, at) => (
    <span className="pair" key={at}>
      <FieldSelect label={at ? "and" : "of"} value={each.field} fields={offered} onChange={(field) => choose(at ? [pair[0], { ...each, field }] : [{ ...each, field }, pair[1]])} />
      <select aria-label={`Best ${nameOf(view, each.field)} is`} value={each.direction} onChange={(event) => { const direction = event.target.value as Direction; choose(at ? [pair[0], { ...each, direction }] : [{ ...each, direction }, pair[1]]); }}><option value="min">low</option><option value="max">high</option></select>
    </span>
  ));
  if (!hasTwo && !chosen) return <Empty title="Pareto front">This needs two results that are numbers, or one and how long jobs took.</Empty>;
  if (!hasTwo) return <Frame title="Pareto front" summary="" aside={<span className="pairs">{controls}</span>} head={[]} rows={() => []}><p className="nothing">Choose two different goals.</p></Frame>;
  return (
    <Loaded title="Pareto front" query={query} height={300}>{(answer) => (
      <Loaded title="Pareto front" query={more} height={300}>{(columns) => <Drawn answer={answer} columns={columns} pair={pair} controls={<span className="pairs">{controls}</span>} />}</Loaded>
    )}</Loaded>
  );
}

function Drawn({ answer, columns, pair: [a, b], controls }: { answer: ParetoAnswer; columns: Columns; pair: Pair; controls: React.ReactNode }) {
  const view = useView();
  const colours = useColours(columns);
  const [xSpec, ySpec] = [useSpec(b.field, columns), useSpec(a.field, columns)];
  const [x, y] = useMemo(() => [wider(xSpec, answer.front.map((each) => each.values[1]!)), wider(ySpec, answer.front.map((each) => each.values[0]!))], [xSpec, ySpec, answer]);
  const marks = useMemo((): Marks | undefined => {
    const [xs, ys] = [columns.data.get(b.field), columns.data.get(a.field)];
    return xs && ys ? { xs, ys, numbers: columns.data.get("number"), rgb: colours?.rgb, say: (at) => sayJob(view, columns, at, [a.field, b.field]) } : undefined;
  }, [columns, colours, a.field, b.field]); // eslint-disable-line
  const [nameA, nameB] = [nameOf(view, a.field), nameOf(view, b.field)];
  const title = `Pareto front of ${nameA} and ${nameB}`;
  const isCurrent = answer.objectives[0]?.field === a.field && answer.objectives[1]?.field === b.field;
  const front = isCurrent ? [...answer.front].sort((left, right) => left.values[1]! - right.values[1]!) : [];
  if (!front.length) return <Frame title="Pareto front" summary="" aside={controls} head={[nameA, nameB]} rows={() => []}><p className="nothing">{answer.note ?? `No job has both ${nameA} and ${nameB} yet.`}</p></Frame>;
  const summary = `${number(front.length)} of ${plural(answer.used, "job")} ${front.length === 1 ? "is" : "are"} on the front: none is better in ${nameA} without being worse in ${nameB}.${noted(answer)}`;
  return (
    <Frame title={title} summary={summary} className="wide" commands={analysed(view, { kind: "pareto", objectives: [a, b] })} aside={controls} tools={<Scales of={[[a.field, ySpec], [b.field, xSpec]]} />} legend={<Legend of={colours?.key} />}
      head={["job", nameA, nameB, "on the front"]} rows={() => { const on = new Set(front.map((each) => each.number)); return rowsOf(columns, ["number", a.field, b.field]).map((row) => [...row, on.has(Number(row[0])) ? "yes" : ""]); }}>
      <div className="side-by-side">
        <div>
          <Plot id={`pareto-${a.field}-${b.field}`} label={summary} height={300} x={x} y={y} xField={b.field} yField={a.field} marks={marks}>
            {(inner) => {
              const points = front.map((each) => [inner.x.at(each.values[1]!), inner.y.at(each.values[0]!)] as const).filter(([px, py]) => Number.isFinite(px + py));
              // Between two jobs of the front, nothing is known to be better than the worse of both.
              const path = points.map(([px, py], at) => (at === 0 ? `M${px} ${py}` : b.direction === "min" ? `H${px}V${py}` : `V${py}H${px}`)).join("");
              return <><path className="best" d={path} fill="none" />{points.map(([px, py], at) => <circle key={at} className="best" cx={px} cy={py} r={4} />)}</>;
            }}
          </Plot>
        </div>
        <Growth answer={answer} />
      </div>
    </Frame>
  );
}

function wider(spec: Spec, values: number[]): Spec {
  const usable = values.filter((each) => Number.isFinite(each) && (spec.kind !== "log" || each > 0));
  return { ...spec, span: { low: Math.min(spec.span.low, ...usable), high: Math.max(spec.span.high, ...usable) } };
}

/** How the volume that the front covers grew, job by job. */
function Growth({ answer }: { answer: ParetoAnswer }) {
  const steps = answer.hypervolume;
  const xs = useMemo(() => Float32Array.from(steps, (each) => each.number), [steps]);
  const ys = useMemo(() => Float32Array.from(steps, (each) => each.value), [steps]);
  const marks = useMemo((): Marks => ({ xs, ys, numbers: xs, say: (at) => [["job", number(xs[at])], ["hypervolume", number(ys[at], 5)]] }), [xs, ys]);
  const label = steps.length ? `The hypervolume grew to ${number(steps.at(-1)!.value, 4)} by job ${number(steps.at(-1)!.number)}.` : "";
  if (steps.length < 2) return null;
  return (
    <div>
      <Plot id="hypervolume" label={label} height={300} x={{ name: "job", kind: "linear", span: { low: xs[0]!, high: xs.at(-1)! } }} y={{ name: "hypervolume", kind: "linear", span: { low: Math.min(...ys), high: Math.max(...ys) } }} marks={marks}>
        {(inner) => <path className="best" d={steps.map((each, at) => `${at ? `H${inner.x.at(each.number)}V` : `M${inner.x.at(each.number)} `}${inner.y.at(each.value)}`).join("") + `H${inner.width}`} fill="none" />}
      </Plot>
    </div>
  );
}
