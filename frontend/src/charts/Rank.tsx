import { useMemo } from "react";
import { plural } from "../format";
import { useChoice } from "../query";
import { Ramp } from "./colour";
import { ramp, useScheme } from "./colours";
import { Empty, Frame } from "./Frame";
import { rowsOf, sayJob } from "./jobs";
import { FieldSelect } from "./Pickers";
import { Plot, type Marks } from "./Plot";
import { jitter, ranks } from "./stats";
import { exported, nameOf, pairOf, Scales, useSpec, useView } from "./view";

/** Jobs over two hyperparameters, coloured by their rank, which no outlier disturbs. */
export function Rank() {
  const view = useView();
  const [chosen, choose] = useChoice("rank");
  const [x, y] = pairOf(chosen, view.names);
  if (!x || !y) return <Empty title="Rank">This needs two hyperparameters that vary; {view.names.length ? "there is one" : "there is none"} so far.</Empty>;
  return <Drawn fields={[x, y]} onChange={choose} />;
}

function Drawn({ fields: [xField, yField], onChange }: { fields: [string, string]; onChange: (fields: [string, string]) => void }) {
  const view = useView();
  const scheme = useScheme();
  const { columns, target, isMax } = view;
  const [x, y] = [useSpec(xField), useSpec(yField)];
  const goals = columns.data.get(target)!;
  const order = useMemo(() => ranks(goals, isMax), [goals, isMax]);
  // The best ones lie on top.
  const places = useMemo(() => [...order.keys()].filter((at) => !Number.isNaN(order[at]!)).sort((a, b) => order[a]! - order[b]!), [order]);
  const marks = useMemo((): Marks => {
    const take = (field: string) => Float32Array.from(places, (at) => columns.data.get(field)![at]! + (columns.categories.get(field) ? jitter(at) * 0.6 : 0));
    const rgb = new Uint8Array(places.length * 3);
    places.forEach((at, place) => rgb.set(ramp(order[at]!, scheme), place * 3));
    return { xs: take(xField), ys: take(yField), rgb, numbers: Float32Array.from(places, (at) => columns.data.get("number")![at]!), say: (place) => sayJob(view, columns, places[place]!, [target, xField, yField]) };
  }, [places, columns, order, scheme, xField, yField, target]); // eslint-disable-line
  const [a, b, goal] = [nameOf(view, xField), nameOf(view, yField), nameOf(view, target)];
  const summary = `${plural(places.length, "job")} over ${a} and ${b}, coloured by the rank of ${goal}; the best lie on top.`;
  return (
    <Frame title="Rank" summary={summary} commands={exported(view, ["number", xField, yField, target])} head={["job", a, b, goal, "share of jobs that are worse"]}
      rows={() => rowsOf(columns, ["number", xField, yField, target]).map((row, at) => [...row, order[at]!])}
      tools={<Scales of={[[xField, x], [yField, y]]} />} legend={<Ramp name="rank" from="worst" to="best" scheme={scheme} />}
      aside={<><FieldSelect label="x" value={xField} fields={view.names} onChange={(field) => onChange([field, yField])} /><FieldSelect label="y" value={yField} fields={view.names} onChange={(field) => onChange([xField, field])} /></>}>
      {places.length === 0 ? <p className="nothing">No job has a usable {goal} yet.</p> : <Plot id={`rank-${xField}-${yField}`} label={summary} height={300} x={x} y={y} xField={xField} yField={yField} marks={marks} />}
    </Frame>
  );
}
