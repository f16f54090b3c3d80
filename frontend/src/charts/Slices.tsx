import { useMemo } from "react";
import { plural } from "../format";
import { Legend, useColours } from "./colour";
import { Empty, Frame } from "./Frame";
import { rowsOf, sayJob } from "./jobs";
import { Plot, type Marks } from "./Plot";
import { jitter } from "./stats";
import { exported, nameOf, Scales, useSpec, useView, wholeNameOf } from "./view";

/** The goal over each hyperparameter. */
export function Slices() {
  const view = useView();
  if (!view.names.length) return <Empty title="Slices">No hyperparameter has different values yet.</Empty>;
  return <div className="slices">{view.names.map((field) => <Slice key={field} field={field} />)}</div>;
}

function Slice({ field }: { field: string }) {
  const view = useView();
  const { columns, target } = view;
  const colours = useColours(columns);
  const [x, y] = [useSpec(field), useSpec(target)];
  const labels = columns.categories.get(field);
  const [values, ys, numbers] = [columns.data.get(field)!, columns.data.get(target)!, columns.data.get("number")!];
  const xs = useMemo(() => (labels ? values.map((each, at) => each + jitter(at) * 0.5) : values), [values, labels]);
  const marks = useMemo((): Marks => ({ xs, ys, numbers, rgb: colours?.rgb, say: (at) => sayJob(view, columns, at, [field, target]) }), [xs, ys, numbers, colours, columns]); // eslint-disable-line
  const [name, goal] = [nameOf(view, field), nameOf(view, target)];
  const summary = `${goal} over ${name}, ${plural(columns.n, "job")}.`;
  return (
    <Frame title={wholeNameOf(view, field)} summary={summary} commands={exported(view, ["number", field, target])} isPlain head={["job", name, goal]} rows={() => rowsOf(columns, ["number", field, target])}
      tools={<Scales of={[[field, x], [target, y]]} />} legend={<Legend of={colours?.key} />}>
      <Plot id={`slice-${field}-${target}`} label={summary} height={230} x={x} y={y} xField={field} yField={target} marks={marks} />
    </Frame>
  );
}
