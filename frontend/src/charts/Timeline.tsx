import { useMemo } from "react";
import type { Columns } from "../api";
import { duration, number, plural } from "../format";
import { Loaded, useMore } from "./answers";
import { Legend } from "./colour";
import { css, ofStatus } from "./colours";
import { Empty, Frame } from "./Frame";
import { Buffer } from "./hit";
import { isoMoment, moment } from "./jobs";
import { Plot, type Inner, type Marks } from "./Plot";
import { ColourRaster } from "./raster";
import { lanesOf, type Lanes } from "./timeline";
import { exported, useView } from "./view";

const FIELDS = ["number", "started", "finished", "worker", "status"];
const FEW = 600;

/** All jobs, worker by worker. */
export function Timeline() {
  const view = useView();
  return <Loaded title="Timeline" query={useMore(view, FIELDS)} height={220}>{(columns) => <Drawn columns={columns} />}</Loaded>;
}

function Drawn({ columns }: { columns: Columns }) {
  const view = useView();
  const lanes = useMemo(() => lanesOf(columns, Date.now() / 1000 - columns.start), [columns]);
  const { workers, bars, low, high, waiting } = lanes;
  const count = workers.length;
  const statuses = columns.categories.get("status") ?? [];
  const status = columns.data.get("status")!;
  const numbers = columns.data.get("number")!;
  const stateOf = (at: number) => statuses[status[at]!] ?? "";
  const marks = useMemo((): Marks => ({
    xs: Float32Array.from(bars, (bar) => (bar.from + bar.to) / 2), ys: Float32Array.from(bars, (bar) => bar.lane), numbers: Float32Array.from(bars, (bar) => numbers[bar.at]!), isHidden: true,
    say: (place) => { const bar = bars[place]!; return [["job", number(numbers[bar.at])], ["worker", workers[bar.lane]!], ["status", stateOf(bar.at).toLowerCase()], ["began", moment(columns, bar.from)], ["lasted", duration(bar.to - bar.from)]]; },
  }), [lanes, columns]); // eslint-disable-line
  const x = useMemo(() => ({ name: "time", kind: "time" as const, span: { low, high: high > low ? high : low + 1 }, start: columns.start, exact: true }), [low, high, columns.start]);
  // Lanes count downwards: who came first stands at the top.
  const y = useMemo(() => ({ name: "worker", kind: "category" as const, span: { low: -0.5, high: count - 0.5 }, categories: workers }), [workers, count]);
  if (!bars.length) return <Empty title="Timeline">{columns.n ? "No job has begun yet." : "No jobs yet."} Which worker did which job when is drawn here.</Empty>;
  const busy = bars.reduce((sum, bar) => sum + bar.to - bar.from, 0);
  const summary = `${bars.length > FEW ? "All " : ""}${plural(bars.length, "job")} of ${plural(count, "worker")}${bars.length > FEW ? ", by density" : ""}, over ${duration(high - low)}; ${number(Math.min(100, (100 * busy) / Math.max(1e-9, (high - low) * count)), 2)} % of that time they were at work.${waiting ? ` ${plural(waiting, "job")} without a time ${waiting === 1 ? "lies" : "lie"} nowhere.` : ""}`;
  const height = Math.min(460, 66 + Math.max(60, count * 24));
  const rectOf = (place: number, inner: Inner) => { const bar = bars[place]!; const [a, b] = [inner.y.at(bar.lane - 0.38), inner.y.at(bar.lane + 0.38)]; return { left: inner.x.at(bar.from), right: inner.x.at(bar.to), top: Math.min(a, b), bottom: Math.max(a, b) }; };
  const hit = useHit(bars.length, rectOf, lanes);
  const isMany = bars.length > FEW;
  return (
    <Frame title="Timeline" summary={summary} className="wide" commands={exported(view, FIELDS)} head={["job", "worker", "status", "began", "ended"]}
      rows={() => bars.map((bar) => [numbers[bar.at]!, workers[bar.lane]!, stateOf(bar.at).toLowerCase(), isoMoment(columns, bar.from), isoMoment(columns, columns.data.get("finished")![bar.at]!)])}
      legend={<Legend of={{ kind: "list", name: "status", items: statuses.map((each) => [each.toLowerCase(), ofStatus(each)]) }} />}>
      <Plot id="timeline" label={summary} height={height} x={x} y={y} yField="worker" marks={marks} hit={hit} of={[lanes]}
        paint={isMany ? (image, inner) => {
          const raster = new ColourRaster(image.width, image.height);
          bars.forEach((bar, place) => { const rect = rectOf(place, inner); raster.rect(rect.left, rect.top, rect.right, rect.bottom, ...ofStatus(stateOf(bar.at))); });
          raster.paint(image, 130);
        } : undefined}>
        {(inner) => !isMany && bars.map((bar, place) => {
          const rect = rectOf(place, inner);
          return <rect key={place} x={rect.left} y={rect.top} width={Math.max(1.5, rect.right - rect.left - 0.5)} height={Math.max(1, rect.bottom - rect.top)} rx={Math.min(2, (rect.right - rect.left) / 4)} fill={css(ofStatus(stateOf(bar.at)))} fillOpacity={0.85} />;
        })}
      </Plot>
    </Frame>
  );
}

type RectOf = (place: number, inner: Inner) => { left: number; right: number; top: number; bottom: number };

function useHit(count: number, rectOf: RectOf, lanes: Lanes) {
  return useMemo(() => (inner: Inner) => {
    const buffer = new Buffer(inner.width, inner.height);
    for (let place = 0; place < count; place++) {
      const rect = rectOf(place, inner);
      buffer.rect(rect.left, rect.top, rect.right, rect.bottom, place);
    }
    return { find: (x: number, y: number) => buffer.find(x, y, 4) };
  }, [lanes]); // eslint-disable-line
}
