import { useMemo } from "react";
import { number, plural } from "../format";
import { Loaded, noted, useAnalysis, type Analysis } from "./answers";
import { extent, suggestsLog, type Spec } from "./axis";
import { Empty, Frame } from "./Frame";
import { Plot, type Marks } from "./Plot";
import { analysed, nameOf, Scales, useView } from "./view";

interface DistributionAnswer extends Analysis {
  values: number[];
  shares: number[];
}

/** Which share of the jobs is at least so good, or so bad. */
export function Ecdf() {
  const view = useView();
  const query = useAnalysis<DistributionAnswer>(view, "distribution", { target: view.target });
  return <Loaded title="Distribution" query={query}>{(answer) => <Drawn answer={answer} />}</Loaded>;
}

function Drawn({ answer }: { answer: DistributionAnswer }) {
  const view = useView();
  const goal = nameOf(view, view.target);
  const xs = useMemo(() => Float32Array.from(answer.values), [answer]);
  const ys = useMemo(() => Float32Array.from(answer.shares, (each) => each * 100), [answer]);
  const marks = useMemo((): Marks => ({ xs, ys, isHidden: true, say: (at) => [[goal, `≤ ${number(xs[at], 5)}`], ["jobs", `${number(ys[at], 3)} %`]] }), [xs, ys, goal]);
  const x = useMemo((): Spec => {
    const kind = view.scales[view.target] ?? (suggestsLog(xs) ? "log" : "linear");
    const usable = kind === "log" ? xs.filter((each) => each > 0) : xs;
    return { name: goal, kind, span: extent(usable, view.clip ? 0.01 : 0, kind === "log") ?? { low: 0, high: 1 } };
  }, [xs, goal, view.scales, view.target, view.clip]);
  const title = `Distribution of ${goal}`;
  if (!xs.length) return <Empty title={title}>{answer.note ?? `No job has a usable ${goal} yet.`}</Empty>;
  const half = answer.values[answer.shares.findIndex((each) => each >= 0.5)];
  const summary = `Half of ${plural(answer.used, "job")} have ${goal} up to ${number(half, 4)}.${noted(answer)}`;
  return (
    <Frame title={title} summary={summary} commands={analysed(view, { kind: "distribution", fields: [view.target] })} head={[goal, "share of jobs up to it"]} rows={() => answer.values.map((each, at) => [each, answer.shares[at]!])} tools={<Scales of={[[view.target, x]]} />}>
      <Plot id={`ecdf-${view.target}`} label={summary} x={x} y={{ name: "jobs (%)", kind: "linear", span: { low: 0, high: 100 } }} xField={view.target} marks={marks}>
        {(inner) => {
          const points = answer.values.map((each, at) => [inner.x.at(each), inner.y.at(answer.shares[at]! * 100)] as const).filter(([px]) => Number.isFinite(px));
          const path = points.map(([px, py], at) => (at ? `H${px.toFixed(1)}V${py.toFixed(1)}` : `M${px.toFixed(1)} ${inner.y.at(0)}V${py.toFixed(1)}`)).join("");
          return <path className="line" d={`${path}H${inner.width}`} fill="none" />;
        }}
      </Plot>
    </Frame>
  );
}
