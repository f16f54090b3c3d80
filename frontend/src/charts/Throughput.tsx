import { useMemo } from "react";
import { duration, number, plural } from "../format";
import { Legend } from "./colour";
import { css, ofStatus } from "./colours";
import { Empty, Frame } from "./Frame";
import { isoMoment, moment } from "./jobs";
import { Plot, type Marks } from "./Plot";
import { throughput } from "./stats";
import { useView } from "./view";

const UNITS: Record<number, string> = { 1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week" };
const ENDED = ["DONE", "PRUNED", "CRASHED"];

/** How many jobs ended when, and how. */
export function Throughput() {
  const { columns } = useView();
  const { hours, width } = useMemo(() => {
    const statuses = columns.categories.get("status") ?? [];
    const kinds = (columns.data.get("status") ?? new Float32Array(0)).map((each) => ENDED.indexOf(statuses[each] ?? ""));
    return throughput(columns.data.get("finished") ?? new Float32Array(0), kinds, ENDED.length, Date.now() / 1000 - columns.start);
  }, [columns]);
  const totals = useMemo(() => hours.map((hour) => hour.counts.reduce((sum, each) => sum + each, 0)), [hours]);
  const marks = useMemo((): Marks => ({
    xs: Float32Array.from(hours, (hour) => (hour.from + hour.to) / 2), ys: Float32Array.from(totals), isHidden: true,
    say: (at) => [["from", moment(columns, hours[at]!.from)], ...ENDED.map((status, kind): [string, string] => [status.toLowerCase(), number(hours[at]!.counts[kind])])],
  }), [hours, totals, columns]);
  if (!hours.length) return <Empty title="Throughput">No job has ended yet.</Empty>;
  const done = totals.reduce((sum, each) => sum + each, 0);
  const span = hours.at(-1)!.to - hours[0]!.from;
  const recent = totals.slice(-3).reduce((sum, each) => sum + each, 0) / Math.min(3, totals.length);
  const every = UNITS[width] ?? duration(width);
  const summary = `${plural(done, "job")} ended in ${duration(span)}; ${number(recent, 3)} per ${every} lately.`;
  const used = ENDED.filter((_, kind) => hours.some((hour) => hour.counts[kind]));
  return (
    <Frame title="Throughput" summary={summary} head={["from", ...ENDED.map((each) => each.toLowerCase())]} rows={() => hours.map((hour) => [isoMoment(columns, hour.from), ...hour.counts])}
      legend={used.length > 1 && <Legend of={{ kind: "list", name: "", items: used.map((each) => [each.toLowerCase(), ofStatus(each)]) }} />}>
      <Plot id="throughput" label={summary} height={210} marks={marks} x={{ name: "time", kind: "time", span: { low: hours[0]!.from, high: hours.at(-1)!.to }, start: columns.start, exact: true }} y={{ name: `jobs per ${every}`, kind: "linear", span: { low: 0, high: Math.max(1, ...totals) } }}>
        {(inner) => hours.flatMap((hour, at) => {
          let base = 0;
          return ENDED.map((status, kind) => {
            const count = hour.counts[kind]!;
            const [top, bottom] = [inner.y.at(base + count), inner.y.at(base)];
            base += count;
            const [left, right] = [inner.x.at(hour.from), inner.x.at(hour.to)];
            return count > 0 && <rect key={`${at}-${kind}`} x={left + 0.5} width={Math.max(1, right - left - 1)} y={top} height={Math.max(0.5, bottom - top)} fill={css(ofStatus(status))} fillOpacity={0.9} />;
          });
        })}
      </Plot>
    </Frame>
  );
}
