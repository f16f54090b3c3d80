/** From values to pixels: linear, logarithmic, or one step for each category. */

import { scaleLinear, scaleLog } from "d3-scale";

export type Kind = "linear" | "log" | "category";

export interface Axis {
  kind: Kind;
  name: string;
  at: (value: number) => number;
  invert: (pixel: number) => number;
  ticks: { at: number; label: string }[];
}

export interface Extent {
  low: number;
  high: number;
}

/** The span of the finite values; `clip` leaves out that share at each end, where outliers sit. */
export function extent(values: Float32Array, clip = 0): Extent | null {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return null;
  finite.sort();
  const cut = Math.floor(finite.length * clip);
  return { low: finite[cut]!, high: finite[finite.length - 1 - cut]! };
}

/** Whether values span so much, and are spread so, that only a logarithm shows them all. */
export function suggestsLog(values: Float32Array): boolean {
  const finite = values.filter((each) => Number.isFinite(each)).sort();
  if (finite.length < 5 || finite[0]! <= 0) return false;
  const [low, middle, high] = [finite[0]!, finite[finite.length >> 1]!, finite[finite.length - 1]!];
  return high / low >= 100 && middle - low < 0.2 * (high - low);
}

/** The values that occur, if they are few: then they are what people want to read. */
export function distinct(values: Float32Array, most: number): number[] | null {
  const found = new Set<number>();
  for (const value of values) {
    if (Number.isFinite(value)) found.add(value);
    if (found.size > most) return null;
  }
  return found.size > 1 ? [...found].sort((a, b) => a - b) : null;
}

const compact = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, notation: "compact" });
const label = (value: number) => (value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(0).replace("e-", "e−") : compact.format(value));

export function makeAxis(name: string, kind: Kind, span: Extent, pixels: [number, number], categories: string[] | null = null, values?: Float32Array): Axis {
  if (kind === "category") {
    const count = Math.max(1, categories?.length ?? 1);
    const step = (pixels[1] - pixels[0]) / count;
    return {
      kind,
      name,
      at: (value) => pixels[0] + (value + 0.5) * step,
      invert: (pixel) => (pixel - pixels[0]) / step - 0.5,
      ticks: (categories ?? []).map((text, index) => ({ at: pixels[0] + (index + 0.5) * step, label: text.length > 14 ? `${text.slice(0, 13)}…` : text })),
    };
  }
  const pad = span.high > span.low ? 0 : Math.abs(span.low) * 0.1 || 1;
  const domain: [number, number] = [span.low - (kind === "log" ? 0 : pad), span.high + pad];
  const scale = kind === "log" ? scaleLog(domain, pixels) : scaleLinear(domain, pixels).nice();
  const room = Math.max(2, Math.floor(Math.abs(pixels[1] - pixels[0]) / 60));
  const few = values && distinct(values, room + 2);
  let marks = few ?? scale.ticks(room);
  if (!few && kind === "log" && marks.length > room + 2) marks = marks.filter((each) => Number.isInteger(Math.round(Math.log10(each) * 1e6) / 1e6));
  return {
    kind,
    name,
    at: (value) => scale(value) ?? NaN,
    invert: (pixel) => scale.invert(pixel),
    ticks: marks.map((each) => ({ at: scale(each), label: label(each) })),
  };
}
