/** Results that are lists of numbers, as curves. */

import { number, plural } from "../../format";
import { Panel } from "../../ui";

const [WIDE, HIGH, LEFT, BELOW] = [560, 180, 52, 22];
const MOST = 12;
const DRAWN = 500;

type Curve = (number | null)[];

export const isCurve = (item: unknown): item is Curve => Array.isArray(item) && item.length > 1 && item.every((each) => typeof each === "number" || each === null);

export function Curves({ results }: { results: Record<string, unknown> }) {
  const found = Object.entries(results).filter((entry): entry is [string, Curve] => isCurve(entry[1]));
  return <>{found.slice(0, MOST).map(([name, values]) => <Panel key={name} title={name}><Drawing name={name} values={values} /></Panel>)}</>;
}

function Drawing({ name, values }: { name: string; values: Curve }) {
  const usable = values.filter((each): each is number => each !== null && Number.isFinite(each));
  if (usable.length === 0) return <p className="dim">No finite number in it.</p>;
  const [low, high] = usable.reduce(([least, most], each) => [Math.min(least, each), Math.max(most, each)], [Infinity, -Infinity]);
  const step = Math.max(1, Math.ceil(values.length / DRAWN));
  const x = (at: number) => LEFT + (at / (values.length - 1)) * (WIDE - LEFT - 8);
  const y = (each: number) => (high > low ? 8 + (1 - (each - low) / (high - low)) * (HIGH - BELOW - 16) : (HIGH - BELOW) / 2);
  let isDown = false;
  let path = "";
  values.forEach((each, at) => {
    if (at % step !== 0 && at !== values.length - 1) return;
    if (each === null || !Number.isFinite(each)) { isDown = false; return; }
    path += `${isDown ? "L" : "M"}${x(at).toFixed(1)} ${y(each).toFixed(1)}`;
    isDown = true;
  });
  const summary = `${name}: ${plural(values.length, "value")} from ${number(usable[0])} to ${number(usable.at(-1))}, between ${number(low)} and ${number(high)}`;
  return (
    <svg className="curve" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={summary}>
      <line className="axis-line" x1={LEFT} x2={WIDE - 8} y1={HIGH - BELOW} y2={HIGH - BELOW} />
      <text x={LEFT - 6} y={y(high) + 4} textAnchor="end">{number(high, 3)}</text>
      {high > low && <text x={LEFT - 6} y={y(low) + 4} textAnchor="end">{number(low, 3)}</text>}
      <text x={LEFT} y={HIGH - 5}>1</text>
      <text x={WIDE - 8} y={HIGH - 5} textAnchor="end">{number(values.length)}</text>
      <path d={path} />
    </svg>
  );
}
