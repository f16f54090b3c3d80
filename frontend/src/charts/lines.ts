/** The lines of parallel coordinates as pixels; used by the page and by its worker. */

import { GREY, ORANGE, type Rgb } from "./colours-plain";
import { curvePath, type Spot } from "./paths";
import { Raster } from "./raster";

export interface Lines {
  width: number;
  height: number;
  /** Where each axis stands. */
  xs: number[];
  /** For each axis, where each job crosses it; NaN where it has no value. */
  places: Float32Array[];
  chosen: Uint8Array;
  top: Uint8Array;
  plain: Rgb;
}

export type Picture = Pick<ImageData, "data">;

type Layer = [rows: Uint32Array, colour: Rgb, least: number];
/** The more lines there are, the more each lets those behind it through. */
const faint = (most: number, count: number): number => Math.max(12, most * Math.min(1, Math.sqrt(60 / Math.max(1, count))));

/** Jobs outside of the limits grey, those within blue, the best of these orange. */
function layersOf({ chosen, top, plain }: Lines): [Layer, Layer, Layer] {
  const rows = [0, 1, 2].map(() => new Uint32Array(chosen.length));
  const counts = [0, 0, 0];
  for (let at = 0; at < chosen.length; at++) {
    const kind = top[at] ? 2 : chosen[at] ? 1 : 0;
    rows[kind]![counts[kind]!++] = at;
  }
  const [out, within, best] = rows.map((each, kind) => each.subarray(0, counts[kind]!)) as [Uint32Array, Uint32Array, Uint32Array];
  return [[out, GREY, 14], [within, plain, faint(90, within.length)], [best, ORANGE, faint(190, best.length)]];
}

export function drawLines(picture: Picture, lines: Lines) {
  for (const [rows, colour, least] of layersOf(lines)) {
    const raster = new Raster(lines.width, lines.height);
    for (let axis = 1; axis < lines.places.length; axis++) {
      const [from, to, x0, x1] = [lines.places[axis - 1]!, lines.places[axis]!, lines.xs[axis - 1]!, lines.xs[axis]!];
      for (const at of rows) if (Number.isFinite(from[at]! + to[at]!)) raster.segment(x0, from[at]!, x1, to[at]!);
    }
    raster.paint(picture, colour, least);
  }
}

/** Each job's line as a path, left open where it has no value. */
export function seriesOf({ xs, places, chosen }: Pick<Lines, "xs" | "places" | "chosen">): string[] {
  return Array.from(chosen, (_, job) => curvePath(xs.map((x, axis): Spot => [x, places[axis]![job]!])));
}

const BINS = 48;
const NONE = BINS * BINS;

/**
 * The same, coarser, for whoever drags: lines that begin and end at nearly the same places are drawn
 * as one with their weight, and all jobs lie in grey behind those within the limits.
 */
export function drawBinned(picture: Picture, lines: Lines, scale = 1) {
  const [, ...layers] = layersOf(lines);
  picture.data.set(groundOf(lines, scale));
  for (const [rows, colour, least] of layers) {
    const raster = rasterOf(lines, scale);
    drawBundles(raster, lines, scale, rows);
    raster.paint(picture, colour, least);
  }
}

/** Work out ahead what the first picture of a drag needs. */
export function prepareDrag(lines: Lines, scale: number) {
  groundOf(lines, scale);
}

const rasterOf = ({ width, height }: Lines, scale: number): Raster => new Raster(Math.ceil(width * scale), Math.ceil(height * scale));

function drawBundles(raster: Raster, lines: Lines, scale: number, rows: Uint32Array) {
  const size = (lines.height / BINS) * scale;
  const counts = new Float32Array(NONE + 1);
  bundlesOf(lines).forEach((bundles, axis) => {
    counts.fill(0);
    for (const at of rows) counts[bundles[at]!]! += 1;
    const [x0, x1] = [lines.xs[axis]! * scale, lines.xs[axis + 1]! * scale];
    for (let at = 0; at < NONE; at++) {
      const weight = counts[at]!;
      if (weight) raster.segment(x0, (Math.floor(at / BINS) + 0.5) * size, x1, ((at % BINS) + 0.5) * size, weight);
    }
  });
}

const bundled = new WeakMap<Float32Array[], Uint16Array[]>();

/** For each two axes beside one another, the bundle of each job; worked out once. */
function bundlesOf({ places, height }: Lines): Uint16Array[] {
  let found = bundled.get(places);
  if (!found) {
    const size = height / BINS;
    const bin = (place: number) => Math.min(BINS - 1, Math.max(0, Math.floor(place / size)));
    found = places.slice(1).map((to, axis) => {
      const from = places[axis]!;
      const bundles = new Uint16Array(to.length).fill(NONE);
      for (let at = 0; at < to.length; at++) if (Number.isFinite(from[at]! + to[at]!)) bundles[at] = bin(from[at]!) * BINS + bin(to[at]!);
      return bundles;
    });
    bundled.set(places, found);
  }
  return found;
}

const grounds = new WeakMap<Float32Array[], { at: string; pixels: Uint8ClampedArray }>();

/** All jobs in grey, which stay as they are while somebody drags. */
function groundOf(lines: Lines, scale: number): Uint8ClampedArray {
  const at = `${lines.width} ${lines.height} ${scale} ${lines.xs.join(" ")}`;
  let found = grounds.get(lines.places);
  if (found?.at !== at) {
    const raster = rasterOf(lines, scale);
    drawBundles(raster, lines, scale, Uint32Array.from(lines.chosen.keys()));
    found = { at, pixels: new Uint8ClampedArray(raster.width * raster.height * 4) };
    raster.paint({ data: found.pixels as Uint8ClampedArray<ArrayBuffer> }, GREY, 14);
    grounds.set(lines.places, found);
  }
  return found.pixels;
}
