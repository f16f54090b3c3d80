import { useMemo } from "react";
import type { Columns, Experiment } from "../api";
import { plural, short } from "../format";
import { extent, makeAxis, suggestsLog } from "./axis";
import { BLUE } from "./colours";
import { Canvas, Frame, useWidth } from "./Frame";
import { Raster } from "./raster";

const HEIGHT = 190;
const LEFT = 46;
const BOTTOM = 26;

/** The quality over one hyperparameter. */
export function Slice({ experiment, columns, field }: { experiment: Experiment; columns: Columns; field: string }) {
  const [box, width] = useWidth();
  const values = columns.data.get(field)!;
  const qualities = columns.data.get("quality")!;
  const labels = columns.categories.get(field) ?? null;
  const inner = Math.max(1, width - LEFT - 8);
  const x = useMemo(() => makeAxis(short(field), labels ? "category" : suggestsLog(values) ? "log" : "linear", extent(values) ?? { low: 0, high: 1 }, [6, inner - 10], labels, values), [values, labels, inner, field]);
  const y = useMemo(() => makeAxis("quality", "linear", extent(qualities, 0.01) ?? { low: 0, high: 1 }, [HEIGHT - BOTTOM - 4, 4]), [qualities]);
  const summary = `${experiment.objective?.result ?? "quality"} over ${short(field)}, ${plural(columns.n, "job")}.`;
  return (
    <Frame title={short(field)} summary={summary} head={[short(field), "quality"]} rows={() => Array.from(values, (each, at) => [labels?.[each] ?? each, qualities[at]!])}>
      <div ref={box} className="plot" style={{ height: HEIGHT }}>
        {width > 0 && (
          <>
            <div className="under" style={{ left: LEFT, top: 0 }}>
              <Canvas width={inner} height={HEIGHT - BOTTOM} of={[columns, x, y]} paint={(image) => {
                const raster = new Raster(image.width, image.height);
                for (let at = 0; at < columns.n; at++) {
                  const spread = labels ? (((at * 2654435761) % 1000) / 1000 - 0.5) * 0.5 : 0;
                  raster.point(x.at(values[at]! + spread), y.at(qualities[at]!), columns.n > 5000 ? 0 : 2);
                }
                raster.paint(image, BLUE, 110);
              }} />
            </div>
            <svg className="drawing" width={width} height={HEIGHT} role="img" aria-label={summary}>
              <g transform={`translate(${LEFT} 0)`}>
                {y.ticks.map((tick) => <g key={tick.at}><line className="grid" x1={0} x2={inner} y1={tick.at} y2={tick.at} /><text x={-6} y={tick.at} textAnchor="end" dominantBaseline="middle">{tick.label}</text></g>)}
                {x.ticks.map((tick) => <text key={tick.at} x={tick.at} y={HEIGHT - 8} textAnchor="middle">{tick.label}</text>)}
              </g>
            </svg>
          </>
        )}
      </div>
    </Frame>
  );
}
