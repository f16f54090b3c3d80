import { useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { useSearchParams } from "../query";
import type { Columns } from "../api";
import { number, plural } from "../format";
import { axisOf, type Axis } from "./axis";
import { plainOf, useScheme } from "./colours";
import { Empty, Frame, useWidth } from "./Frame";
import { rowsOf } from "./jobs";
import { limitOf, within, type Limit, type Limits } from "./limits";
import { seriesOf } from "./lines";
import { expectDrag, LinesCanvas } from "./LinesCanvas";
import { moved, placesOf, textOf, type Place } from "./order";
import { AxisGrip, AxisTitle } from "./ParallelAxis";
import { jitter } from "./stats";
import { labelsAlong } from "./ticks";
import { exported, nameOf, specOf, useView } from "./view";

export const HEIGHT = 350;
export const TOP = 40;
export const BOTTOM = 14;
const SIDE = 60;

interface Standing extends Place {
  axis: Axis;
  categories: string[] | null;
}

/** Every job as a line across all fields; a mark on an axis becomes part of the filter. */
export function Parallel() {
  const view = useView();
  const plain = plainOf(useScheme());
  const [query, setQuery] = useSearchParams();
  const [box, width] = useWidth();
  const [draft, setDraft] = useState<Limits>({});
  const [sliding, setSliding] = useState<{ from: number; to: number } | null>(null);
  const { all, target, limits, names } = view;
  const fields = useMemo(() => [...names.filter((name) => all.data.has(name)), target], [names, target, all]);
  const order = placesOf(query.get("axes"), fields);
  const places = sliding ? moved(order, sliding.from, sliding.to) : order;
  const key = JSON.stringify(places);
  const axes = useMemo(() => places.map((place): Standing => {
    const pixels: [number, number] = place.isFlipped ? [TOP, HEIGHT - BOTTOM] : [HEIGHT - BOTTOM, TOP];
    return { ...place, axis: axisOf(specOf(view, place.field, all), pixels), categories: all.categories.get(place.field) ?? null };
  }), [key, all, view.scales, view.clip]); // eslint-disable-line
  const crossings = useMemo(() => axes.map((each) => crossingsOf(all, each)), [axes, all]);
  const active = useMemo(() => ({ ...limits, ...draft }), [limits, draft]);
  const resting = useMemo(() => within(all, limits), [all, limits]);
  const chosen = useMemo(() => (Object.keys(draft).length ? within(all, active) : resting), [all, active, draft, resting]);
  const isTop = useMemo(() => best(all, target, view.isMax), [all, target, view.isMax]);
  const top = useMemo(() => both(isTop, chosen), [isTop, chosen]);
  const room = Math.max(1, (width - 2 * SIDE) / Math.max(1, axes.length - 1)); // between two axes
  const place = (at: number) => (axes.length < 2 ? width / 2 : SIDE + at * room);
  const lines = useMemo(() => ({ width, height: HEIGHT, xs: axes.map((_, at) => place(at)), places: crossings, chosen, top, plain }), [width, axes, crossings, chosen, top, plain]); // eslint-disable-line
  const count = useMemo(() => chosen.reduce((sum, each) => sum + each, 0), [chosen]);
  if (names.length === 0) return <Empty title="Parallel coordinates">No hyperparameter has different values yet.</Empty>;
  const isLimited = Object.keys(active).length > 0;
  const put = (next: Place[]) => setQuery((old) => { const text = textOf(next, fields); if (text) old.set("axes", text); else old.delete("axes"); return old; }, { replace: true });
  const flip = (at: number) => put(order.map((each, place) => (place === at ? { ...each, isFlipped: !each.isFlipped } : each)));
  const turn = ({ axis, field }: Standing) => { if (axis.kind === "log" || axis.kind === "linear") view.setScale(field, axis.kind === "log" ? "linear" : "log"); };
  const clear = () => view.mark(Object.fromEntries(Object.keys(limits).map((field) => [field, null])));
  const summary = `${all.n > 5000 ? "All " : ""}${plural(all.n, "job")} across ${axes.length} axes${all.n > 5000 ? ", by density" : ""}${isLimited ? `; ${number(count)} within what is marked` : ""}.${view.hasSeries ? "" : " The best twentieth is orange."}`;
  return (
    <Frame title="Parallel coordinates" summary={summary} className="wide" commands={exported(view, ["number", ...axes.map((each) => each.field)])} head={axes.map((each) => nameOf(view, each.field))} rows={() => rowsOf(all, axes.map((each) => each.field), chosen)}
      aside={isLimited && <><span className="dim">{number(count)} of {number(all.n)}</span>{view.table && <Link className="button" href={view.table} role="button">Open in the table</Link>}<button className="quiet" onClick={clear}>Clear</button></>}
      tools={<p className="dim hint">Drag on an axis to filter, double-click to clear it. Drag a title to move the axis. On a title or an axis: F turns it upside down, L takes logarithms.</p>}>
      <div className="plot wide-scroll" role="region" aria-label="Axes" tabIndex={-1}>
        <div ref={box} className="plot" onPointerEnter={() => expectDrag(lines)} style={{ height: HEIGHT, minWidth: Math.max(0, axes.length * 84) }}>
          {width > 0 && (
            <>
              {!view.hasSeries && <div className="under" style={{ left: 0, top: 0 }}><LinesCanvas lines={lines} isDragging={Object.keys(draft).length > 0 || sliding !== null} /></div>}
              <svg className="drawing" width={width} height={HEIGHT} role="group" aria-label={summary}>
                {view.hasSeries && seriesOf(lines).map((path, job) => <path key={job} className={`line s${job}${chosen[job] ? "" : " dimmed"}`} fill="none" d={path} />)}
                {fields.map((field) => {
                  // In the same order in the document, wherever they stand: what is dragged stays what it is.
                  const at = order.findIndex((each) => each.field === field);
                  const shown = axes.findIndex((each) => each.field === field);
                  const each = axes[shown]!;
                  const limit = active[each.field];
                  const pair = { axis: each.axis, limit, onFlip: () => flip(at), onTurn: () => turn(each) };
                  return (
                    <g key={each.field} transform={`translate(${place(shown)} 0)`}>
                      <AxisTitle {...pair} isFlipped={each.isFlipped} room={Math.min(room, 2 * SIDE)} onMove={(step) => put(moved(order, at, at + step))}
                        onSlide={(far) => setSliding({ from: at, to: Math.min(axes.length - 1, Math.max(0, Math.round(at + far / room))) })}
                        onDrop={() => { if (sliding) put(moved(order, sliding.from, sliding.to)); setSliding(null); }} />
                      <line className="axis" y1={TOP} y2={HEIGHT - BOTTOM} />
                      {labelsAlong(each.axis.ticks).map((tick, mark) => <text key={mark} className="halo" x={6} y={tick.at} dominantBaseline="middle">{tick.label}</text>)}
                      <AxisGrip {...pair} onDraft={(from, to) => setDraft({ [each.field]: limitOf(spanOf(each.axis, from, to), each.categories) })}
                        onDone={(from, to) => { setDraft({}); view.mark({ [each.field]: limitOf(spanOf(each.axis, from, to), each.categories) }); }}
                        onClear={() => { setDraft({}); view.mark({ [each.field]: null }); }} />
                      {limit && rectsOf(limit, each).map(([y, height], mark) => <rect key={mark} className="brush" x={-8} width={16} y={y} height={height} />)}
                    </g>
                  );
                })}
              </svg>
            </>
          )}
        </div>
      </div>
    </Frame>
  );
}

function both(one: Uint8Array, other: Uint8Array): Uint8Array {
  const found = new Uint8Array(one.length);
  for (let at = 0; at < one.length; at++) found[at] = one[at]! & other[at]!;
  return found;
}

function spanOf(axis: Axis, from: number, to: number) {
  const ends = [axis.invert(from), axis.invert(to)];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** What a limit covers of an axis: one piece, or one for each category. */
function rectsOf(limit: Limit, { axis, categories }: Standing): [number, number][] {
  const piece = (low: number, high: number): [number, number] => {
    const ends = [axis.at(low), axis.at(high)].map((each) => Math.min(HEIGHT - BOTTOM, Math.max(TOP, Number.isFinite(each) ? each : each > 0 ? HEIGHT : 0)));
    return [Math.min(...ends), Math.max(2, Math.abs(ends[0]! - ends[1]!))];
  };
  if (!("values" in limit)) return [piece(limit.low === -Infinity ? axis.invert(axis.at(0) > axis.at(1) ? HEIGHT : 0) : limit.low, limit.high === Infinity ? axis.invert(TOP) : limit.high)];
  const wanted = new Set(limit.values);
  return (categories ?? []).flatMap((each, at) => (wanted.has(each) ? [piece(at - 0.45, at + 0.45)] : []));
}

/** Categories are ribbons rather than knots. */
function crossingsOf(columns: Columns, { field, axis, categories }: Standing): Float32Array {
  const values = columns.data.get(field)!;
  return categories ? values.map((each, at) => axis.at(each + jitter(at) * 0.6)) : values.map((each) => axis.at(each));
}

function best(columns: Columns, target: string, isMax: boolean): Uint8Array {
  const marked = new Uint8Array(columns.n);
  const values = columns.data.get(target);
  const usable = values?.filter((each) => !Number.isNaN(each)).sort();
  if (!values || !usable?.length) return marked;
  const count = Math.ceil(usable.length / 20);
  const least = isMax ? usable[usable.length - count]! : usable[count - 1]!;
  for (let at = 0; at < values.length; at++) if (isMax ? values[at]! >= least : values[at]! <= least) marked[at] = 1;
  return marked;
}
