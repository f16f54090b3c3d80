/** The lines of parallel coordinates as pixels; used by the page and by its worker. */

import { GREY, ORANGE, type Rgb } from "./colours-plain";
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

type Layer = [kind: number, colour: Rgb, least: number];
/** The more lines there are, the more each lets those behind it through. */
const faint = (most: number, count: number): number => Math.max(12, most * Math.min(1, Math.sqrt(60 / Math.max(1, count))));

function layersOf(lines: Lines): Layer[] {
  const counts = [0, 0, 0];
  for (let at = 0; at < lines.chosen.length; at++) counts[kindOf(lines, at)]!++;
  return [[0, GREY, 14], [1, lines.plain, faint(90, counts[1]!)], [2, ORANGE, faint(190, counts[2]!)]];
}

/** All jobs grey, those within all limits blue, the best of these orange. */
const kindOf = (lines: Lines, at: number): number => (lines.top[at] ? 2 : lines.chosen[at] ? 1 : 0);

export function drawLines(picture: Picture, lines: Lines) {
  for (const [kind, colour, least] of layersOf(lines)) {
    const raster = new Raster(lines.width, lines.height);
    for (let axis = 1; axis < lines.places.length; axis++) {
      const [from, to, x0, x1] = [lines.places[axis - 1]!, lines.places[axis]!, lines.xs[axis - 1]!, lines.xs[axis]!];
      for (let at = 0; at < from.length; at++) if (kindOf(lines, at) === kind && Number.isFinite(from[at]! + to[at]!)) raster.segment(x0, from[at]!, x1, to[at]!);
    }
    raster.paint(picture, colour, least);
  }
}

const BINS = 48;

const bins = new WeakMap<Float32Array, Uint8Array>();

/** The bin of each place, counted once; 255 for none. */
function binned(places: Float32Array, size: number): Uint8Array {
  let found = bins.get(places);
  if (!found) {
    found = Uint8Array.from(places, (place) => (Number.isFinite(place) ? Math.min(BINS - 1, Math.max(0, Math.floor(place / size))) : 255));
    bins.set(places, found);
  }
  return found;
}

/** The same, coarser: jobs that cross two axes at nearly the same places are one line with their weight. */
export function drawBinned(picture: Picture, lines: Lines, scale = 1) {
  const layers = layersOf(lines);
  const rasters = layers.map(() => new Raster(Math.ceil(lines.width * scale), Math.ceil(lines.height * scale)));
  const size = lines.height / BINS;
  const kinds = Uint8Array.from(lines.chosen, (_, at) => kindOf(lines, at));
  const counts = layers.map(() => new Float32Array(BINS * BINS));
  for (let axis = 1; axis < lines.places.length; axis++) {
    const [from, to, x0, x1] = [lines.places[axis - 1]!, lines.places[axis]!, lines.xs[axis - 1]! * scale, lines.xs[axis]! * scale];
    for (const count of counts) count.fill(0);
    const [a, b] = [binned(from, size), binned(to, size)];
    for (let at = 0; at < a.length; at++) if (a[at]! < BINS && b[at]! < BINS) counts[kinds[at]!]![a[at]! * BINS + b[at]!]! += 1;
    counts.forEach((count, kind) => count.forEach((weight, at) => {
      if (weight) rasters[kind]!.segment(x0, (Math.floor(at / BINS) + 0.5) * size * scale, x1, ((at % BINS) + 0.5) * size * scale, weight);
    }));
  }
  layers.forEach(([kind, colour, least]) => rasters[kind]!.paint(picture, colour, least));
}
