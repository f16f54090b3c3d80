/** A few lines in one picture, each with its name. */

import { useMemo, useState, type ReactNode } from "react";
import { makeAxis, suggestsLog } from "../../charts/axis";
import { Frame, useWidth } from "../../charts/Frame";
import { labelsAcross, labelsAlong } from "../../charts/ticks";
import { number } from "../../format";

export interface Point {
  x: number;
  y: number;
}

export interface Line {
  key: string;
  name: string;
  points: Point[];
}

interface Props {
  title: string;
  summary: string;
  x: string;
  y: string;
  lines: Line[];
  isStep?: boolean;
  aside?: ReactNode;
}

/** The colour by which something is known on the whole page. */
export const Swatch = ({ of }: { of: number }) => (
  <svg className="swatch" width="20" height="10" aria-hidden="true"><line className={`line s${of}`} x1="1" x2="19" y1="5" y2="5" /></svg>
);

const HEIGHT = 250;
const LEFT = 54;
const BOTTOM = 40;

export function Lines({ title, summary, x: xName, y: yName, lines, isStep = false, aside }: Props) {
  const [box, width] = useWidth();
  const [near, setNear] = useState<number | null>(null);
  const all = useMemo(() => lines.flatMap((line) => line.points).filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y)), [lines]);
  const inner = Math.max(10, width - LEFT - 14);
  const xs = Float32Array.from(all, (point) => point.x);
  const ys = Float32Array.from(all, (point) => point.y);
  const isWide = suggestsLog(ys);
  const x = makeAxis(xName, "linear", spanOf(xs), [LEFT, LEFT + inner]);
  const y = makeAxis(yName, isWide ? "log" : "linear", spanOf(ys), [HEIGHT - BOTTOM, 10]);
  const at = near === null ? null : x.invert(near);
  return (
    <Frame title={title} summary={summary} head={["name", xName, yName]} rows={() => lines.flatMap((line) => line.points.map((point) => [line.name, point.x, point.y]))} aside={aside}>
      <div ref={box} className="plot" style={{ height: HEIGHT }} onPointerLeave={() => setNear(null)}
        onPointerMove={(event) => setNear(event.clientX - event.currentTarget.getBoundingClientRect().left)}>
        {width > 0 && (
          <svg className="drawing" width={width} height={HEIGHT} role="img" aria-label={summary}>
            {labelsAlong(y.ticks).map((tick) => <g key={`y${tick.at}`}><line className="grid" x1={LEFT} x2={LEFT + inner} y1={tick.at} y2={tick.at} /><text x={LEFT - 8} y={tick.at} textAnchor="end" dominantBaseline="middle">{tick.label}</text></g>)}
            {labelsAcross(x.ticks.map((tick) => ({ ...tick, at: tick.at - LEFT })), inner).map((tick) => <text key={`x${tick.at}`} x={LEFT + tick.middle} y={HEIGHT - BOTTOM + 18} textAnchor="middle">{tick.label}</text>)}
            <text x={LEFT + inner} y={HEIGHT - 4} textAnchor="end">{xName}</text>
            {lines.map((line, index) => <path key={line.key} className={`line s${index}`} fill="none" d={pathOf(line.points, x.at, y.at, isStep)} />)}
            {near !== null && near >= LEFT && <line className="axis" x1={near} x2={near} y1={10} y2={HEIGHT - BOTTOM} />}
          </svg>
        )}
      </div>
      <ul className="legend">
        {lines.map((line, index) => <li key={line.key}><Swatch of={index} /><bdi>{line.name}</bdi>{at !== null && <b className="number">{number(valueAt(line.points, at, isStep), 4)}</b>}</li>)}
      </ul>
    </Frame>
  );
}

function spanOf(values: Float32Array): { low: number; high: number } {
  if (!values.length) return { low: 0, high: 1 };
  return { low: values.reduce((a, b) => Math.min(a, b)), high: values.reduce((a, b) => Math.max(a, b)) };
}

export function valueAt(points: Point[], x: number, isStep: boolean): number | null {
  const before = points.findLast((point) => point.x <= x);
  if (isStep || !before) return before?.y ?? null;
  const after = points.find((point) => point.x > x);
  return after && after.x - x < x - before.x ? after.y : before.y;
}

export function pathOf(points: Point[], x: (value: number) => number, y: (value: number) => number, isStep: boolean): string {
  let path = "";
  for (const point of points) {
    if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) continue;
    const [left, top] = [x(point.x).toFixed(1), y(point.y).toFixed(1)];
    path += !path ? `M${left} ${top}` : isStep ? `H${left}V${top}` : `L${left} ${top}`;
  }
  return path;
}
