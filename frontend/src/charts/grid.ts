/** From a grid of the surrogate's values to pixels, and to lines of equal value. */

import { contours } from "d3-contour";
import type { Axis } from "./axis";

export interface GridAxis {
  field: string;
  scale: "linear" | "log" | "category";
  values: number[];
  categories: string[] | null;
}

/** The place of a value among the grid's values, between them too; outside it is NaN. */
export function placeOf(axis: GridAxis): (value: number) => number {
  const last = axis.values.length - 1;
  if (axis.scale === "category") return (value) => { const at = Math.round(value); return at >= 0 && at <= last ? at : NaN; };
  const bend = axis.scale === "log" ? Math.log : (value: number) => value;
  const [from, to] = [bend(axis.values[0]!), bend(axis.values[last]!)];
  return (value) => {
    const at = to > from ? ((bend(value) - from) / (to - from)) * last : 0;
    return at >= -1e-6 && at <= last + 1e-6 ? Math.min(last, Math.max(0, at)) : NaN;
  };
}

/** The pixel of a place among the grid's values. */
export function pixelOf(axis: GridAxis, to: Axis): (place: number) => number {
  const last = axis.values.length - 1;
  if (axis.scale === "category") return (place) => to.at(place);
  const bend = axis.scale === "log" ? Math.log : (value: number) => value;
  const unbend = axis.scale === "log" ? Math.exp : (value: number) => value;
  const [low, high] = [bend(axis.values[0]!), bend(axis.values[last]!)];
  return (place) => to.at(unbend(low + ((high - low) * place) / Math.max(1, last)));
}

/** The value at a place of the grid, from the four around it. */
export function sampled(rows: number[][], px: number, py: number): number {
  if (!(px >= 0 && py >= 0)) return NaN;
  const [x0, y0] = [Math.floor(px), Math.floor(py)];
  const [x1, y1] = [Math.min(x0 + 1, rows[0]!.length - 1), Math.min(y0 + 1, rows.length - 1)];
  const [fx, fy] = [px - x0, py - y0];
  const top = rows[y0]![x0]! * (1 - fx) + rows[y0]![x1]! * fx;
  const bottom = rows[y1]![x0]! * (1 - fx) + rows[y1]![x1]! * fx;
  return top * (1 - fy) + bottom * fy;
}

export function spanOf(rows: number[][]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) for (const value of row) if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low <= high ? [low, high] : [0, 1];
}

/** Lines of equal value as one path each, where both axes have a distance. */
export function isolines(rows: number[][], x: GridAxis, y: GridAxis, toX: Axis, toY: Axis, count = 8): { value: number; path: string }[] {
  if (x.scale === "category" || y.scale === "category" || rows.length < 2 || rows[0]!.length < 2) return [];
  const [low, high] = spanOf(rows);
  if (!(high > low)) return [];
  const thresholds = Array.from({ length: count }, (_, at) => low + ((high - low) * (at + 1)) / (count + 1));
  const [width, height] = [rows[0]!.length, rows.length];
  const [px, py] = [pixelOf(x, toX), pixelOf(y, toY)];
  // d3 counts from the corners of cells; values sit in the middle of them.
  const point = ([gx, gy]: number[]) => `${px(gx! - 0.5).toFixed(1)} ${py(gy! - 0.5).toFixed(1)}`;
  const onRim = ([gx, gy]: number[]) => gx! <= 0.5 || gy! <= 0.5 || gx! >= width - 0.5 || gy! >= height - 0.5;
  return contours().size([width, height]).thresholds(thresholds)(rows.flat()).map((found) => ({
    value: found.value,
    path: found.coordinates.flat().map((ring) => open(ring, onRim, point)).join(""),
  })).filter((line) => line.path !== "");
}

/** A ring without the part that runs along the rim, which is no line of equal value. */
function open(ring: number[][], onRim: (at: number[]) => boolean, point: (at: number[]) => string): string {
  let path = "";
  for (let at = 1; at < ring.length; at++) {
    const [from, to] = [ring[at - 1]!, ring[at]!];
    if (onRim(from) && onRim(to)) continue;
    path += path && !(at > 1 && onRim(ring[at - 2]!) && onRim(from)) && path.endsWith(point(from)) ? `L${point(to)}` : `M${point(from)}L${point(to)}`;
  }
  return path;
}
