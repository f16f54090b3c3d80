import { useMemo } from "react";
import { number, plural } from "../format";
import { Loaded, noted, useAnalysis, type Analysis } from "./answers";
import { extent, suggestsLog, type Spec } from "./axis";
import { Empty, Frame } from "./Frame";
import { Plot, type Marks } from "./Plot";
import { rSquared } from "./stats";
import { analysed, nameOf, Scales, useView } from "./view";

interface PredictionsAnswer extends Analysis {
  items: { number: number; actual: number; predicted: number; spread: number }[];
}

const FEW = 250;

/** Whether the model behind importance and surface can be believed. */
export function Predictions() {
  const view = useView();
  const query = useAnalysis<PredictionsAnswer>(view, "predictions", { target: view.target });
  return <Loaded title="Predicted against actual" query={query}>{(answer) => <Drawn answer={answer} />}</Loaded>;
}

function Drawn({ answer }: { answer: PredictionsAnswer }) {
  const view = useView();
  const goal = nameOf(view, view.target);
  const { items } = answer;
  const xs = useMemo(() => Float32Array.from(items, (each) => each.actual), [items]);
  const ys = useMemo(() => Float32Array.from(items, (each) => each.predicted), [items]);
  const marks = useMemo((): Marks => ({ xs, ys, numbers: Float32Array.from(items, (each) => each.number), say: (at) => [["job", number(items[at]!.number)], [`actual ${goal}`, number(items[at]!.actual, 5)], ["predicted", `${number(items[at]!.predicted, 5)} ± ${number(items[at]!.spread, 2)}`]] }), [xs, ys, items, goal]);
  const spec = useMemo((): Spec => {
    const kind = view.scales[view.target] ?? (suggestsLog(xs) ? "log" : "linear");
    const both = Float32Array.of(...(extentOf(xs, view.clip, kind === "log")), ...(extentOf(ys, view.clip, kind === "log")));
    return { name: goal, kind, span: extent(both) ?? { low: 0, high: 1 } };
  }, [xs, ys, goal, view.scales, view.target, view.clip]);
  if (!items.length) return <Empty title="Predicted against actual">{answer.note ?? "Too few jobs to tell yet."}</Empty>;
  const r2 = rSquared(xs, ys);
  const trust = r2 > 0.8 ? "importance and surface can be believed" : r2 > 0.4 ? "take importance and surface as a hint" : "importance and surface mean little yet";
  const summary = `R² ${number(r2, 3)}: ${trust}. ${plural(items.length, "job")}, each predicted by a model that had not seen it.${noted(answer)}`;
  return (
    <Frame title="Predicted against actual" summary={summary} commands={analysed(view, { kind: "predictions", target: view.target })} head={["job", `actual ${goal}`, "predicted", "standard deviation"]} rows={() => items.map((each) => [each.number, each.actual, each.predicted, each.spread])} tools={<Scales of={[[view.target, spec]]} />}>
      <Plot id={`predictions-${view.target}`} label={summary} x={{ ...spec, name: `actual ${goal}` }} y={{ ...spec, name: `predicted ${goal}` }} xField={view.target} marks={marks}>
        {({ x, y, width, height }) => {
          const [low, high] = [Math.min(x.invert(0), y.invert(height)), Math.max(x.invert(width), y.invert(0))];
          const reach = items.length <= FEW ? items.map((each) => `M${x.at(each.actual)} ${y.at(each.predicted - each.spread)}V${y.at(each.predicted + each.spread)}`).filter((path) => !path.includes("NaN")).join("") : "";
          return <><path className="reach" d={reach} /><line className="diagonal" x1={x.at(low)} y1={y.at(low)} x2={x.at(high)} y2={y.at(high)} /></>;
        }}
      </Plot>
    </Frame>
  );
}

function extentOf(values: Float32Array, clip: boolean, isLog: boolean): number[] {
  const span = extent(isLog ? values.filter((each) => each > 0) : values, clip ? 0.01 : 0, isLog);
  return span ? [span.low, span.high] : [];
}
