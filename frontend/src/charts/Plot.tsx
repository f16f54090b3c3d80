/**
 * A plane with two axes: marks on it that one can point at, with the pointer or with keys, a window
 * that one can zoom, and a frame to draw that becomes a filter.
 */

import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from "react";
import { plural } from "../format";
import { axisOf, type Axis, type Spec } from "./axis";
import { plainOf, useScheme } from "./colours";
import { Canvas, useWidth } from "./Frame";
import { hitOf, type Hit } from "./hit";
import { limitOf } from "./limits";
import { Dots, scatter, FEW_DOTS } from "./marks";
import { labelsAcross, labelsAlong } from "./ticks";
import { Tip, type Line } from "./Tip";
import { useGestures, type Box } from "./gestures";
import { useView } from "./view";
import { useWindow } from "./zoom";

export interface Marks {
  xs: Float32Array;
  ys: Float32Array;
  /** The number of each mark's job, by which it is opened. */
  numbers?: Float32Array | undefined;
  /** Three bytes for each mark. */
  rgb?: Uint8Array | null | undefined;
  /** What a mark is, if it is no job. */
  what?: string | undefined;
  /** Marks that are there to be pointed at only. */
  isHidden?: boolean | undefined;
  say: (at: number) => Line[];
}

export interface Inner {
  x: Axis;
  y: Axis;
  width: number;
  height: number;
}

interface Props {
  id: string;
  label: string;
  x: Spec;
  y: Spec;
  /** The fields of the axes, if what is marked may become a filter. */
  xField?: string | undefined;
  yField?: string | undefined;
  height?: number;
  left?: number;
  marks?: Marks | undefined;
  hit?: (inner: Inner) => Hit;
  paint?: ((image: ImageData, inner: Inner) => void) | undefined;
  of?: unknown[];
  probe?: (x: number, y: number) => Line[];
  children?: (inner: Inner) => ReactNode;
  /** Where a picture fills the plane, lines across it only disturb. */
  hasPicture?: boolean;
}

const TOP = 24;
const BOTTOM = 42;
const RIGHT = 14;
const EDGE = 7; // so that a mark at the very end is seen whole

function useAxis(spec: Spec, zoomed: { low: number; high: number } | null, from: number, to: number): Axis {
  const { name, kind, categories, values, start, exact } = spec;
  const { low, high } = zoomed ?? spec.span;
  return useMemo(
    () => axisOf({ name, kind, categories, start, values, span: { low, high }, exact: exact || zoomed !== null }, [from, to]),
    [name, kind, categories, values, start, exact, low, high, zoomed === null, from, to], // eslint-disable-line
  );
}

export function Plot({ id, label, x: xSpec, y: ySpec, xField, yField, height = 280, left, marks, hit, paint, of = [], probe, children, hasPicture = false }: Props) {
  const view = useView();
  const plain = plainOf(useScheme());
  const help = useId();
  const [box, width] = useWidth();
  const [zoomed, zoom] = useWindow(view.experiment.name, id);
  const inside = height - TOP - BOTTOM;
  const y = useAxis(ySpec, zoomed.y, inside, 0);
  const margin = left ?? Math.max(40, Math.min(120, 14 + 7 * Math.max(0, ...y.ticks.map((tick) => tick.label.length))));
  const across = Math.max(1, width - margin - RIGHT);
  const x = useAxis(xSpec, zoomed.x, 0, across);
  const inner = useMemo(() => ({ x, y, width: across, height: inside }), [x, y, across, inside]);
  const pixels = useMemo(() => marks && { xs: marks.xs.map(x.at), ys: marks.ys.map(y.at) }, [marks, x, y]);
  const lost = useMemo(() => (marks && pixels ? outside(marks, pixels, across, inside) : null), [marks, pixels, across, inside]);
  const hits = useLazy(() => (hit ? hit(inner) : pixels ? hitOf(pixels.xs, pixels.ys, across, inside) : null), [hit, inner, pixels, across, inside]);
  const [spot, setSpot] = useState<{ at: number; x: number; y: number } | null>(null);
  const number_ = spot && spot.at >= 0 ? marks?.numbers?.[spot.at] : undefined;
  const canMark = xField !== undefined || yField !== undefined;
  const onMark = (drawn: Box) => view.mark({
    ...(xField && { [xField]: limitOf(drawn.x, xSpec.categories ?? null) }),
    ...(yField && { [yField]: limitOf(drawn.y, ySpec.categories ?? null) }),
  });
  const gestures = useGestures({
    inner, zoom, isZoomed: zoomed.x !== null || zoomed.y !== null,
    isSelecting: view.isSelecting && canMark, canMark, onMark,
    onPoint: (px, py) => setSpot({ at: hits()?.find(px, py) ?? -1, x: px, y: py }),
    onLeave: () => setSpot(null),
    onOpen: (px, py) => {
      const found = hits()?.find(px, py) ?? -1;
      const chosen = found < 0 ? undefined : marks?.numbers?.[found];
      if (chosen !== undefined) view.pick(chosen);
    },
    onKeyOpen: () => number_ !== undefined && view.pick(number_),
    onStep: (step) => {
      if (!pixels) return;
      const next = stepped(pixels, across, inside, spot?.at ?? -1, step);
      if (next >= 0) setSpot({ at: next, x: pixels.xs[next]!, y: pixels.ys[next]! });
    },
  });
  // New data, other marks: what was pointed at may not be there any more.
  useEffect(() => setSpot(null), [marks]);
  const said = spot ? [...(spot.at >= 0 && marks ? marks.say(spot.at) : []), ...(probe ? probe(x.invert(spot.x), y.invert(spot.y)) : [])] : [];
  const dots = marks && !marks.isHidden && marks.xs.length <= FEW_DOTS;
  return (
    <>
      <div ref={box} className="plot" style={{ height }}>
        {width > 0 && (
          <>
            <div className="under" style={{ left: margin, top: TOP }}>
              {(paint || (marks && !dots && !marks.isHidden)) && <Canvas width={across} height={inside} of={[inner, marks?.rgb, pixels, plain, ...of]} paint={(image) => {
                paint?.(image, inner);
                if (marks && pixels && !dots && !marks.isHidden) scatter(image, pixels.xs, pixels.ys, marks.rgb ?? null, plain);
              }} />}
            </div>
            <svg className="drawing" width={width} height={height} role="application" aria-label={label} aria-describedby={help} tabIndex={0} ref={gestures.ref}
              data-zoomed={zoomed.x !== null || zoomed.y !== null} {...gestures.handlers(margin, TOP)}>
              <g transform={`translate(${margin} ${TOP})`}>
                {labelsAlong(y.ticks).map((tick, at) => <g key={at}>{!hasPicture && <line className="grid" x1={0} x2={across} y1={tick.at} y2={tick.at} />}<text x={-8} y={tick.at} textAnchor="end" dominantBaseline="middle">{tick.label}</text></g>)}
                {labelsAcross(x.ticks, across).map((tick, at) => <g key={at}><line className="tick" x1={tick.at} x2={tick.at} y1={inside} y2={inside + 4} /><text x={tick.middle} y={inside + 17} textAnchor="middle">{tick.label}</text></g>)}
                <line className="axis" x1={0} x2={across} y1={inside} y2={inside} />
                <text className="name" x={across} y={inside + 34} textAnchor="end">{fitted(x.name, across)}{x.kind === "log" && " (log)"}</text>
                <text className="name" x={-margin + 2} y={-11}>{fitted(y.name, across)}{y.kind === "log" && " (log)"}</text>
                <svg x={-EDGE} y={-EDGE} width={across + 2 * EDGE} height={inside + 2 * EDGE}><g transform={`translate(${EDGE} ${EDGE})`}>
                  {dots && pixels && <Dots xs={pixels.xs} ys={pixels.ys} rgb={marks.rgb ?? null} plain={plain} />}
                  {children?.(inner)}
                  {spot && spot.at >= 0 && pixels && !hit && <circle className="spot" cx={pixels.xs[spot.at]} cy={pixels.ys[spot.at]} r={6} />}
                  {gestures.drawn && <rect className={gestures.drawn.isMark ? "mark-box" : "zoom-box"} {...gestures.drawn.rect} />}
                </g></svg>
              </g>
            </svg>
            {said.length > 0 && spot && <Tip x={margin + spot.x} y={TOP + spot.y} width={width} lines={said} hint={number_ === undefined ? "" : "Click or Enter opens the job"} />}
            {(zoomed.x || zoomed.y) && <button className="reset" onClick={() => zoom({ x: null, y: null })}>Reset the zoom</button>}
          </>
        )}
      </div>
      <p id={help} className="sr">Plus and minus zoom, shift with arrow keys moves, 0 shows all again{marks && "; arrow keys go through the marks, Enter opens the job"}.</p>
      {lost && (lost.beyond > 0 || lost.none > 0) && <p className="lost">{[lost.beyond > 0 && `${plural(lost.beyond, marks?.what ?? "job")} outside of what is shown`, lost.none > 0 && `${plural(lost.none, marks?.what ?? "job")} without a value that can be drawn`].filter(Boolean).join(", ")}</p>}
    </>
  );
}

const fitted = (name: string, width: number): string => { const most = Math.max(8, Math.floor(width / 8)); return name.length > most ? `${name.slice(0, most - 1)}…` : name; };

/** Made when it is first asked for, and anew when what it is made of changes. */
function useLazy<T>(make: () => T, of: unknown[]): () => T {
  const kept = useRef<{ of: unknown[]; value: T } | null>(null);
  return () => {
    if (!kept.current || kept.current.of.some((each, at) => each !== of[at])) kept.current = { of, value: make() };
    return kept.current.value;
  };
}

interface Pixels {
  xs: Float32Array;
  ys: Float32Array;
}

function outside(marks: Marks, { xs, ys }: Pixels, width: number, height: number): { beyond: number; none: number } {
  let [beyond, none] = [0, 0];
  for (let at = 0; at < xs.length; at++) {
    // NaN is a job that has no such value, which is no loss; infinite ones and those that no logarithm has are.
    if (Number.isNaN(marks.xs[at]! + marks.ys[at]!) && !isInfinite(marks, at)) continue;
    if (!Number.isFinite(xs[at]! + ys[at]!)) none++;
    else if (xs[at]! < -1 || xs[at]! > width + 1 || ys[at]! < -1 || ys[at]! > height + 1) beyond++;
  }
  return { beyond, none };
}

const isInfinite = (marks: Marks, at: number) => Math.abs(marks.xs[at]!) === Infinity || Math.abs(marks.ys[at]!) === Infinity;

/** The mark that lies `step` marks further to the right, among those that are seen. */
export function stepped({ xs, ys }: Pixels, width: number, height: number, from: number, step: number): number {
  const seen = [...xs.keys()].filter((at) => xs[at]! >= 0 && xs[at]! <= width && ys[at]! >= 0 && ys[at]! <= height).sort((a, b) => xs[a]! - xs[b]! || ys[a]! - ys[b]!);
  if (!seen.length) return -1;
  const at = seen.indexOf(from);
  const far = step * Math.max(1, Math.floor(seen.length / 500));
  return seen[at < 0 ? (step > 0 ? 0 : seen.length - 1) : Math.min(seen.length - 1, Math.max(0, at + far))]!;
}
