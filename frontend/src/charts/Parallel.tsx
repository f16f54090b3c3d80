import { useMemo, useRef, useState } from "react";
import type { Columns, Experiment, Field } from "../api";
import { number, plural, short } from "../format";
import { extent, makeAxis, suggestsLog, type Axis } from "./axis";
import { BLUE, GREY, ORANGE } from "./colours";
import { Canvas, Frame, useWidth } from "./Frame";
import { Raster } from "./raster";

const HEIGHT = 340;
const TOP = 34;
const BOTTOM = 14;
const SIDE = 60;

export type Brushes = Record<string, [number, number]>;

interface Props {
  experiment: Experiment;
  columns: Columns;
  fields: string[];
  brushes: Brushes;
  onBrush: (brushes: Brushes) => void;
  onOpen: () => void;
}

/** Which jobs lie within all brushes. */
export function within(columns: Columns, brushes: Brushes): Uint8Array {
  const chosen = new Uint8Array(columns.n).fill(1);
  for (const [name, [low, high]] of Object.entries(brushes)) {
    const values = columns.data.get(name);
    if (values) for (let at = 0; at < columns.n; at++) if (!(values[at]! >= low && values[at]! <= high)) chosen[at] = 0;
  }
  return chosen;
}

/** What brushes mean in the language of filters. */
export function asFilter(brushes: Brushes, columns: Columns): string {
  return Object.entries(brushes).map(([name, [low, high]]) => {
    const labels = columns.categories.get(name);
    if (labels) {
      const wanted = labels.filter((_, at) => at >= low && at <= high).map((each) => (/[\s,"]/.test(each) ? JSON.stringify(each) : each));
      return `${name}:${wanted.join(",")}`;
    }
    return `${name}>=${Number(low.toPrecision(6))} ${name}<=${Number(high.toPrecision(6))}`;
  }).join(" ");
}

export function Parallel({ experiment, columns, fields, brushes, onBrush, onOpen }: Props) {
  const [box, width] = useWidth();
  const drag = useRef<{ name: string; from: number } | null>(null);
  const [draft, setDraft] = useState<Brushes>({});
  const names = useMemo(() => [...fields, "quality"].filter((name) => columns.data.has(name)), [fields, columns]);
  const axes = useMemo(() => names.map((name): Axis => {
    const values = columns.data.get(name)!;
    const labels = columns.categories.get(name) ?? null;
    const title = name === "quality" ? (experiment.objective?.result ?? "quality") : short(name);
    return makeAxis(title, labels ? "category" : suggestsLog(values) ? "log" : "linear", extent(values) ?? { low: 0, high: 1 }, [HEIGHT - BOTTOM, TOP], labels, values);
  }), [names, columns, experiment]);
  const active = useMemo(() => ({ ...brushes, ...draft }), [brushes, draft]);
  const chosen = useMemo(() => within(columns, active), [columns, active]);
  const count = chosen.reduce((sum, each) => sum + each, 0);
  const place = (at: number) => (names.length < 2 ? width / 2 : SIDE + (at * (width - 2 * SIDE)) / (names.length - 1));
  const top = useMemo(() => best(columns, experiment, chosen), [columns, experiment, chosen]);
  const hasBrush = Object.keys(active).length > 0;
  const summary = `${plural(columns.n, "job")} across ${names.length} axes${hasBrush ? `; ${number(count)} within what is marked` : ""}. The best twentieth is orange.`;
  const start = (event: React.PointerEvent<SVGRectElement>, at: number) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { name: names[at]!, from: local(event) };
  };
  const move = (event: React.PointerEvent<SVGRectElement>, at: number) => {
    if (!drag.current) return;
    const axis = axes[at]!;
    const ends = [axis.invert(drag.current.from), axis.invert(local(event))];
    setDraft({ [drag.current.name]: [Math.min(...ends), Math.max(...ends)] });
  };
  const stop = (event: React.PointerEvent<SVGRectElement>) => {
    if (!drag.current) return;
    const { name, from } = drag.current;
    const next = { ...brushes, ...draft };
    if (Math.abs(local(event) - from) < 3) delete next[name];
    drag.current = null;
    setDraft({});
    onBrush(next);
  };
  return (
    <Frame title="Parallel coordinates" summary={summary} head={names.map(short)} rows={() => tableOf(columns, names, chosen)}
      aside={hasBrush && <><span>{number(count)} of {number(columns.n)}</span><button onClick={onOpen}>Open in the table</button><button className="quiet" onClick={() => onBrush({})}>Clear</button></>}>
      <div ref={box} className="plot" style={{ height: HEIGHT }}>
        {width > 0 && (
          <>
            <div className="under" style={{ left: 0, top: 0 }}>
              <Canvas width={width} height={HEIGHT} of={[axes, chosen, top]} paint={(image) => {
                const layers: [(at: number) => boolean, readonly [number, number, number], number][] = [
                  [(at) => !chosen[at], GREY, 14],
                  [(at) => !!chosen[at] && !top[at], BLUE, 40],
                  [(at) => !!top[at], ORANGE, 130],
                ];
                for (const [wanted, colour, least] of layers) {
                  const raster = new Raster(image.width, image.height);
                  names.slice(1).forEach((name, index) => {
                    const [a, b] = [axes[index]!, axes[index + 1]!];
                    const [from, to] = [columns.data.get(names[index]!)!, columns.data.get(name)!];
                    const [x0, x1] = [place(index), place(index + 1)];
                    for (let at = 0; at < columns.n; at++) if (wanted(at)) raster.segment(x0, a.at(from[at]! + jitter(a, at)), x1, b.at(to[at]! + jitter(b, at)));
                  });
                  raster.paint(image, colour, least);
                }
              }} />
            </div>
            <svg className="drawing" width={width} height={HEIGHT} role="group" aria-label={summary}>
              {axes.map((axis, at) => (
                <g key={names[at]} transform={`translate(${place(at)} 0)`}>
                  <text className="title" y={14} textAnchor="middle">{axis.name.length > 18 ? `${axis.name.slice(0, 17)}…` : axis.name}</text>
                  <line className="axis" y1={TOP} y2={HEIGHT - BOTTOM} />
                  {axis.ticks.map((tick) => <text key={tick.at} className="halo" x={6} y={tick.at} dominantBaseline="middle">{tick.label}</text>)}
                  <rect className="grip" x={-16} y={TOP} width={32} height={HEIGHT - TOP - BOTTOM} tabIndex={0} role="slider" aria-label={`Limit ${axis.name}`} aria-valuetext={said(active[names[at]!])} aria-valuenow={active[names[at]!]?.[0] ?? 0}
                    onPointerDown={(event) => start(event, at)} onPointerMove={(event) => move(event, at)} onPointerUp={stop}
                    onKeyDown={(event) => onKey(event, names[at]!, axis, active, onBrush)} />
                  {active[names[at]!] && <rect className="brush" x={-8} width={16} y={Math.min(axis.at(active[names[at]!]![0]), axis.at(active[names[at]!]![1]))} height={Math.max(2, Math.abs(axis.at(active[names[at]!]![0]) - axis.at(active[names[at]!]![1])))} />}
                </g>
              ))}
            </svg>
          </>
        )}
      </div>
    </Frame>
  );
}

const said = (brush: [number, number] | undefined) => (brush ? `${number(brush[0])} to ${number(brush[1])}` : "no limit");

/** Arrow keys move a window of a fifth of the axis; Escape takes it away. */
function onKey(event: React.KeyboardEvent, name: string, axis: Axis, brushes: Brushes, onBrush: (brushes: Brushes) => void) {
  const moves: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };
  if (event.key === "Escape") {
    const next = { ...brushes };
    delete next[name];
    onBrush(next);
  } else if (event.key in moves) {
    event.preventDefault();
    const now = brushes[name];
    const step = (HEIGHT - TOP - BOTTOM) / 20;
    const middle = (now ? (axis.at(now[0]) + axis.at(now[1])) / 2 : (HEIGHT + TOP - BOTTOM) / 2) + step * moves[event.key]!;
    const ends = [axis.invert(middle - 2 * step), axis.invert(middle + 2 * step)];
    onBrush({ ...brushes, [name]: [Math.min(...ends), Math.max(...ends)] });
  }
}

const local = (event: React.PointerEvent<SVGRectElement>): number => event.clientY - (event.currentTarget.ownerSVGElement?.getBoundingClientRect().top ?? 0);

/** Categories are ribbons rather than knots. */
const jitter = (axis: Axis, at: number): number => (axis.kind === "category" ? (((at * 2654435761) % 1000) / 1000 - 0.5) * 0.6 : 0);

function best(columns: Columns, experiment: Experiment, chosen: Uint8Array): Uint8Array {
  const marked = new Uint8Array(columns.n);
  const qualities = columns.data.get("quality");
  if (!qualities) return marked;
  const sign = experiment.objective?.direction === "min" ? 1 : -1;
  const order = [...qualities.keys()].filter((at) => !Number.isNaN(qualities[at]!)).sort((a, b) => sign * (qualities[a]! - qualities[b]!));
  for (const at of order.slice(0, Math.ceil(order.length / 20))) if (chosen[at]) marked[at] = 1;
  return marked;
}

function tableOf(columns: Columns, names: string[], chosen: Uint8Array): (string | number)[][] {
  const rows: (string | number)[][] = [];
  for (let at = 0; at < columns.n; at++) {
    if (!chosen[at]) continue;
    rows.push(names.map((name) => {
      const cell = columns.data.get(name)![at]!;
      return columns.categories.get(name)?.[cell] ?? (Number.isNaN(cell) ? "" : cell);
    }));
  }
  return rows;
}
