import { useMemo, useState } from "react";
import type { Columns, Experiment } from "../api";
import { number, plural } from "../format";
import { extent, makeAxis, suggestsLog } from "./axis";
import { BLUE } from "./colours";
import { Canvas, Frame, useWidth } from "./Frame";
import { Raster } from "./raster";

const HEIGHT = 260;
const LEFT = 54;
const BOTTOM = 28;

export interface Step {
  number: number;
  quality: number;
}

/** The jobs that were better than all before them. */
export function improvements(numbers: Float32Array, qualities: Float32Array, isMax: boolean): Step[] {
  const order = [...numbers.keys()].sort((a, b) => numbers[a]! - numbers[b]!);
  const steps: Step[] = [];
  let best = isMax ? -Infinity : Infinity;
  for (const at of order) {
    const quality = qualities[at]!;
    if (Number.isNaN(quality) || (isMax ? quality <= best : quality >= best)) continue;
    best = quality;
    steps.push({ number: numbers[at]!, quality });
  }
  return steps;
}

export function History({ experiment, columns, onPick }: { experiment: Experiment; columns: Columns; onPick: (number: number) => void }) {
  const [box, width] = useWidth();
  const [clip, setClip] = useState(true);
  const numbers = columns.data.get("number")!;
  const qualities = columns.data.get("quality")!;
  const isMax = experiment.objective?.direction !== "min";
  const goal = experiment.objective?.result ?? "quality";
  const steps = useMemo(() => improvements(numbers, qualities, isMax), [numbers, qualities, isMax]);
  const span = useMemo(() => extent(qualities, clip ? 0.01 : 0), [qualities, clip]);
  const inner = Math.max(1, width - LEFT - 14);
  const x = makeAxis("job", "linear", extent(numbers) ?? { low: 1, high: 1 }, [0, inner - 6]);
  const last = steps.at(-1);
  const shown = span && { low: Math.min(span.low, last?.quality ?? span.low), high: Math.max(span.high, last?.quality ?? span.high) };
  const y = makeAxis(goal, shown && shown.low > 0 && suggestsLog(qualities) ? "log" : "linear", shown ?? { low: 0, high: 1 }, [HEIGHT - BOTTOM - 6, 6]);
  const usable = useMemo(() => qualities.filter((each) => !Number.isNaN(each)).length, [qualities]);
  const summary = last
    ? `${goal} of ${plural(usable, "job")}; the best, ${number(last.quality, 5)}, came with job ${number(last.number)}, after ${plural(steps.length - 1, "improvement")}.`
    : "No job has a usable result yet.";
  const path = steps.map((step, at) => `${at ? `H${x.at(step.number)}V` : `M${x.at(step.number)} `}${y.at(step.quality)}`).join("") + (last ? `H${inner}` : "");
  return (
    <Frame title={`${goal} over time`} summary={summary} head={["job", goal]} rows={() => steps.map((step) => [step.number, step.quality])}
      aside={<label className="inline"><input type="checkbox" checked={clip} onChange={(event) => setClip(event.target.checked)} /> without outliers</label>}>
      <div ref={box} className="plot" style={{ height: HEIGHT }}>
        {width > 0 && (
          <>
            <div className="under" style={{ left: LEFT, top: 0 }}>
              <Canvas width={inner} height={HEIGHT - BOTTOM} of={[numbers, qualities, y.kind, shown?.low, shown?.high]} paint={(image) => {
                const raster = new Raster(image.width, image.height);
                const radius = numbers.length > 5000 ? 0 : 2;
                for (let at = 0; at < numbers.length; at++) raster.point(x.at(numbers[at]!), y.at(qualities[at]!), radius);
                raster.paint(image, BLUE, 110);
              }} />
            </div>
            <svg className="drawing" width={width} height={HEIGHT} role="img" aria-label={summary}
              onClick={(event) => onPick(nearest(event, numbers, qualities, x.at, y.at))}>
              <g transform={`translate(${LEFT} 0)`}>
                {y.ticks.map((tick) => <g key={tick.at}><line className="grid" x1={0} x2={inner} y1={tick.at} y2={tick.at} /><text x={-8} y={tick.at} textAnchor="end" dominantBaseline="middle">{tick.label}</text></g>)}
                {x.ticks.map((tick) => <text key={tick.at} x={tick.at} y={HEIGHT - 10} textAnchor="middle">{tick.label}</text>)}
                <path className="best" d={path} fill="none" />
                {last && <circle className="best" cx={x.at(last.number)} cy={y.at(last.quality)} r={4} />}
              </g>
            </svg>
          </>
        )}
      </div>
    </Frame>
  );
}

function nearest(event: React.MouseEvent<SVGSVGElement>, numbers: Float32Array, qualities: Float32Array, x: (v: number) => number, y: (v: number) => number): number {
  const frame = event.currentTarget.getBoundingClientRect();
  const [px, py] = [event.clientX - frame.left - LEFT, event.clientY - frame.top];
  let [found, least] = [0, Infinity];
  for (let at = 0; at < numbers.length; at++) {
    const far = (x(numbers[at]!) - px) ** 2 + (y(qualities[at]!) - py) ** 2;
    if (far < least) [found, least] = [numbers[at]!, far];
  }
  return found;
}
