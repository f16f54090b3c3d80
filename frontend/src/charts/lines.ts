/** The lines of parallel coordinates as pixels; used by the page and by its worker. */

import { BLUE, GREY, ORANGE, type Rgb } from "./colours-plain";
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
}

export type Picture = Pick<ImageData, "data">;

type Layer = [kind: number, colour: Rgb, least: number];
const LAYERS: Layer[] = [[0, GREY, 14], [1, BLUE, 40], [2, ORANGE, 130]];

/** All jobs grey, those within all limits blue, the best of these orange. */
const kindOf = (lines: Lines, at: number): number => (lines.top[at] ? 2 : lines.chosen[at] ? 1 : 0);

export function drawLines(picture: Picture, lines: Lines) {
  for (const [kind, colour, least] of LAYERS) {
    const raster = new Raster(lines.width, lines.height);
    for (let axis = 1; axis < lines.places.length; axis++) {
      const [from, to, x0, x1] = [lines.places[axis - 1]!, lines.places[axis]!, lines.xs[axis - 1]!, lines.xs[axis]!];
      for (let at = 0; at < from.length; at++) if (kindOf(lines, at) === kind && Number.isFinite(from[at]! + to[at]!)) raster.segment(x0, from[at]!, x1, to[at]!);
    }
    raster.paint(picture, colour, least);
  }
}

const BINS = 96;

/** The same, coarser: jobs that cross two axes at nearly the same places are one line with their weight. */
export function drawBinned(picture: Picture, lines: Lines) {
  const rasters = LAYERS.map(() => new Raster(lines.width, lines.height));
  const size = lines.height / BINS;
  const bin = (place: number) => Math.min(BINS - 1, Math.max(0, Math.floor(place / size)));
  const counts = LAYERS.map(() => new Float32Array(BINS * BINS));
  for (let axis = 1; axis < lines.places.length; axis++) {
    const [from, to, x0, x1] = [lines.places[axis - 1]!, lines.places[axis]!, lines.xs[axis - 1]!, lines.xs[axis]!];
    for (const count of counts) count.fill(0);
    for (let at = 0; at < from.length; at++) if (Number.isFinite(from[at]! + to[at]!)) counts[kindOf(lines, at)]![bin(from[at]!) * BINS + bin(to[at]!)]! += 1;
    counts.forEach((count, kind) => count.forEach((weight, at) => {
      if (weight) rasters[kind]!.segment(x0, (Math.floor(at / BINS) + 0.5) * size, x1, ((at % BINS) + 0.5) * size, weight);
    }));
  }
  LAYERS.forEach(([kind, colour, least]) => rasters[kind]!.paint(picture, colour, least));
}
