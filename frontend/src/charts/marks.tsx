/** Jobs as marks: drawn sharp as long as they are few, as a density when they are many. */

import { css, type Rgb } from "./colours";
import { ColourRaster, Raster } from "./raster";

export const FEW_DOTS = 2000;
const STEP = 24; // of colours that are told apart

export const radiusFor = (count: number): number => (count > 20_000 ? 0 : count > 6_000 ? 1 : 2);

export function scatter(image: ImageData, xs: Float32Array, ys: Float32Array, rgb: Uint8Array | null, plain: Rgb) {
  const radius = radiusFor(xs.length);
  if (!rgb) {
    const raster = new Raster(image.width, image.height);
    for (let at = 0; at < xs.length; at++) raster.point(xs[at]!, ys[at]!, radius);
    raster.paint(image, plain, 110);
    return;
  }
  const raster = new ColourRaster(image.width, image.height);
  for (let at = 0; at < xs.length; at++) raster.point(xs[at]!, ys[at]!, radius, rgb[at * 3]!, rgb[at * 3 + 1]!, rgb[at * 3 + 2]!);
  raster.paint(image, 170);
}

/** One path for each colour, so that a thousand dots are a handful of nodes. */
export function dotPaths(xs: Float32Array, ys: Float32Array, rgb: Uint8Array | null, plain: Rgb): Map<string, string> {
  const paths = new Map<string, string[]>();
  const round = (value: number) => Math.min(255, Math.round(value / STEP) * STEP);
  for (let at = 0; at < xs.length; at++) {
    const [x, y] = [xs[at]!, ys[at]!];
    if (!Number.isFinite(x + y) || Math.abs(x) > 1e5 || Math.abs(y) > 1e5) continue;
    const colour = rgb ? css([round(rgb[at * 3]!), round(rgb[at * 3 + 1]!), round(rgb[at * 3 + 2]!)]) : css(plain);
    const path = paths.get(colour) ?? [];
    path.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
    paths.set(colour, path);
  }
  return new Map([...paths].map(([colour, path]) => [colour, path.join("")]));
}

export function Dots({ xs, ys, rgb, plain, size }: { xs: Float32Array; ys: Float32Array; rgb: Uint8Array | null; plain: Rgb; size?: number }) {
  const width = size ?? (xs.length > 500 ? 4 : 6);
  return [...dotPaths(xs, ys, rgb, plain)].map(([colour, path]) => <path key={colour} className="dots" d={path} stroke={colour} strokeWidth={width} strokeLinecap="round" fill="none" />);
}
