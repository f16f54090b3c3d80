import { useMemo } from "react";
import { ago, number, plural } from "../format";
import { useChoice } from "../query";
import { useMore } from "./answers";
import { Legend, useColours } from "./colour";
import { Empty, Frame } from "./Frame";
import { improvements } from "./history";
import { rowsOf, sayJob } from "./jobs";
import { Plot, type Marks } from "./Plot";
import { exported, nameOf, Scales, useSpec, useView } from "./view";
import type { Columns } from "../api";

const NOTHING: string[] = [];

/** All jobs in their order, and the best so far. */
export function History() {
  const view = useView();
  const [[order], choose] = useChoice("history");
  const isByTime = order === "time";
  const fields = useMemo(() => (isByTime ? [...new Set(["number", view.target, "finished", ...(view.colour ? [view.colour] : [])])] : NOTHING), [isByTime, view.target, view.colour]);
  const timed = useMore(view, fields);
  const columns = isByTime ? timed.data : view.columns;
  const title = `${nameOf(view, view.target)} over time`;
  const over = (
    <label className="inline">by<select value={isByTime ? "finished" : "number"} onChange={(event) => choose(event.target.value === "finished" ? ["time"] : [])} aria-label="Jobs in the order of">
      <option value="number">job</option><option value="finished">time</option>
    </select></label>
  );
  if (!columns?.data.has(view.target)) return <Empty title={title}>{timed.error ? timed.error.message : "The moments at which jobs ended are on their way."}</Empty>;
  return <Drawn columns={columns} field={isByTime ? "finished" : "number"} title={title} aside={over} />;
}

function Drawn({ columns, field, title, aside }: { columns: Columns; field: string; title: string; aside: React.ReactNode }) {
  const view = useView();
  const { target, isMax } = view;
  const goal = nameOf(view, target);
  const [numbers, xs, ys] = [columns.data.get("number")!, columns.data.get(field)!, columns.data.get(target)!];
  const steps = useMemo(() => improvements(xs, ys, isMax, numbers), [xs, ys, isMax, numbers]);
  const colours = useColours(columns);
  const x = useSpec(field, columns);
  const ySpec = useSpec(target, columns);
  const last = steps.at(-1);
  const y = useMemo(() => (last && Number.isFinite(last.quality) ? { ...ySpec, span: { low: Math.min(ySpec.span.low, last.quality), high: Math.max(ySpec.span.high, last.quality) } } : ySpec), [ySpec, last?.quality]); // eslint-disable-line
  const marks = useMemo((): Marks => ({ xs, ys, numbers, rgb: colours?.rgb, say: (at) => sayJob(view, columns, at, [target, field]) }), [xs, ys, numbers, colours, columns, target, field]); // eslint-disable-line
  const usable = useMemo(() => ys.reduce((sum, each) => sum + (Number.isNaN(each) ? 0 : 1), 0), [ys]);
  if (usable === 0) return <Empty title={title}>No job has a usable {goal} yet. It is drawn as soon as one is done.</Empty>;
  const when = last && field === "finished" ? `, ${ago(new Date((columns.start + last.x) * 1000).toISOString())}` : "";
  const summary = last
    ? `${goal} of ${usable > 5000 ? "all " : ""}${plural(usable, "job")}${usable > 5000 ? ", by density" : ""}; the best, ${number(last.quality, 5)}, came with job ${number(last.number)}${when}, after ${plural(steps.length - 1, "improvement")}.`
    : `${plural(usable, "job")}, none with a usable ${goal}.`;
  return (
    <Frame title={title} summary={summary} className="wide" commands={exported(view, ["number", field, target])} head={["job", ...(field === "finished" ? ["finished"] : []), goal]} aside={aside}
      rows={() => rowsOf(columns, field === "finished" ? ["number", field, target] : ["number", target])}
      tools={<Scales of={[[target, ySpec]]} />} legend={<Legend of={colours?.key} />}>
      <Plot id={`history-${field}-${target}`} label={summary} x={x} y={y} xField={field === "number" ? "number" : undefined} yField={target} marks={marks}>
        {(inner) => {
          const seen = steps.filter((step) => Number.isFinite(inner.y.at(step.quality)));
          const path = seen.map((step, at) => `${at ? `H${inner.x.at(step.x).toFixed(1)}V` : `M${inner.x.at(step.x).toFixed(1)} `}${inner.y.at(step.quality).toFixed(1)}`).join("");
          const end = seen.at(-1);
          return end && <><path className="best" d={`${path}H${Math.max(inner.width, inner.x.at(end.x))}`} fill="none" /><circle className="best" cx={inner.x.at(end.x)} cy={inner.y.at(end.quality)} r={4.5} /></>;
        }}
      </Plot>
    </Frame>
  );
}
