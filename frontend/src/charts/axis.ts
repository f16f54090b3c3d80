/** From values to pixels: linear, logarithmic, in time, or one step for each category. */

import { scaleLinear, scaleLog, scaleTime } from "d3-scale";

export type Kind = "linear" | "log" | "category" | "time";

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

// Of a hundred thousand values, sorting is what takes time; the same columns serve many charts.
const sorted = new WeakMap<Float32Array, Float32Array>();

function sortedOf(values: Float32Array): Float32Array {
  let found = sorted.get(values);
  if (!found) {
    found = values.filter(Number.isFinite).sort();
    sorted.set(values, found);
  }
  return found;
}

function endsOf(values: Float32Array): Extent | null {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value < low && value !== -Infinity) low = value;
    if (value > high && value !== Infinity) high = value;
  }
  return low <= high ? { low, high } : null;
}

/** The span of the finite values; `clip` leaves out that share at each end, where outliers sit. */
export function extent(values: Float32Array, clip = 0, isLog = false): Extent | null {
  if (clip === 0) return endsOf(values);
  const finite = sortedOf(values);
  if (!finite.length) return null;
  const cut = Math.floor(finite.length * clip);
  return cut === 0 ? fenced(finite, isLog) : { low: finite[cut]!, high: finite[finite.length - 1 - cut]! };
}

const FEWEST = 8; // of which one can be called an outlier
const REACH = 3; // times what the middle half spans

/** Of too few values for a share of them: those not far away from the middle half, on their scale. */
function fenced(finite: Float32Array, isLog: boolean): Extent {
  const count = finite.length;
  const all = { low: finite[0]!, high: finite[count - 1]! };
  const bend = isLog ? Math.log : (value: number) => value;
  const [low, high] = [bend(finite[count >> 2]!), bend(finite[count - 1 - (count >> 2)]!)];
  if (count < FEWEST || !(high > low)) return all;
  const far = REACH * (high - low);
  const within = finite.filter((each) => bend(each) >= low - far && bend(each) <= high + far);
  return { low: within[0]!, high: within[within.length - 1]! };
}

/** Whether values span so much, and are spread so, that only a logarithm shows them all. */
export function suggestsLog(values: Float32Array): boolean {
  const ends = endsOf(values);
  if (!ends || ends.low <= 0 || ends.high / ends.low < 100) return false;
  const finite = sortedOf(values);
  const middle = finite[finite.length >> 1]!;
  return finite.length >= 5 && middle - ends.low < 0.2 * (ends.high - ends.low);
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
export function label(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(0).replace("e-", "e−");
  // There is no word for what is larger than trillions.
  if (Math.abs(value) >= 1e15) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  return compact.format(value);
}

export interface Spec {
  /** As people read it; with the unit, if there is one. */
  name: string;
  kind: Kind;
  span: Extent;
  categories?: string[] | null | undefined;
  /** All values: if few different ones occur, these are marked. */
  values?: Float32Array | undefined;
  /** End exactly where the span ends, as after zooming. */
  exact?: boolean | undefined;
  /** Times count in seconds from this moment (seconds since 1970). */
  start?: number | undefined;
}

export const axisOf = (spec: Spec, pixels: [number, number]): Axis =>
  spec.kind === "category" ? categoryAxis(spec, pixels) : numberAxis(spec, pixels);

export function makeAxis(name: string, kind: Kind, span: Extent, pixels: [number, number], categories: string[] | null = null, values?: Float32Array): Axis {
  return axisOf({ name, kind, span, categories, values }, pixels);
}

/** What an axis shows when nobody zoomed. */
export const whole = (spec: Spec): Extent =>
  spec.kind === "category" ? { low: -0.5, high: Math.max(1, spec.categories?.length ?? 1) - 0.5 } : spec.span;

function categoryAxis(spec: Spec, pixels: [number, number]): Axis {
  const { low, high } = spec.exact ? spec.span : whole(spec);
  const step = (pixels[1] - pixels[0]) / (high - low);
  const at = (value: number) => pixels[0] + (value - low) * step;
  const all = (spec.categories ?? []).map((text, index) => ({ at: at(index), label: cut(text), index })).filter((tick) => tick.index > low && tick.index < high);
  const every = Math.ceil(all.length / Math.max(1, Math.floor(Math.abs(pixels[1] - pixels[0]) / 16)));
  return { kind: "category", name: spec.name, at, invert: (pixel) => low + (pixel - pixels[0]) / step, ticks: all.filter((_, place) => place % every === 0) };
}

const cut = (text: string): string => (text.length > 14 ? `${text.slice(0, 13)}…` : text);

function numberAxis({ name, kind, span, values, exact, start = 0 }: Spec, pixels: [number, number]): Axis {
  const isLog = kind === "log" && span.high > 0;
  const domain = domainOf(span, isLog);
  let scale = isLog ? scaleLog(domain, pixels) : scaleLinear(domain, pixels);
  if (!exact && !isLog && kind !== "time") scale = scale.nice();
  const [from, to] = scale.domain() as [number, number];
  const bend = isLog ? Math.log : (value: number) => value;
  const slope = (pixels[1] - pixels[0]) / (bend(to) - bend(from));
  const base = pixels[0] - bend(from) * slope;
  // The same as d3's scale, which is many times as slow for a hundred thousand values.
  const at = isLog ? (value: number) => (value > 0 ? base + Math.log(value) * slope : NaN) : (value: number) => base + value * slope;
  const room = Math.min(12, Math.max(2, Math.floor(Math.abs(pixels[1] - pixels[0]) / 52)));
  const ticks = kind === "time" ? timeTicks([from, to], start, room) : marks(scale.ticks(room), isLog, room, values, [from, to]).map((each) => ({ value: each, label: label(each) }));
  return { kind: isLog ? "log" : kind === "time" ? "time" : "linear", name, at, invert: (pixel) => scale.invert(pixel), ticks: ticks.map((tick) => ({ at: at(tick.value), label: tick.label })) };
}

function domainOf({ low, high }: Extent, isLog: boolean): [number, number] {
  if (isLog) {
    const least = low > 0 ? low : high / 1e6;
    return high > least ? [least, high] : [least / 2, high * 2];
  }
  const pad = high > low ? 0 : Math.abs(low) * 0.1 || 1;
  return [low - pad, high + pad];
}

function marks(offered: number[], isLog: boolean, room: number, values: Float32Array | undefined, [low, high]: [number, number]): number[] {
  const few = values && distinct(values, room + 2)?.filter((each) => each >= low && each <= high);
  if (few && few.length > 1) return few;
  if (!isLog || offered.length <= room + 2) return offered;
  const decades = offered.filter((each) => Number.isInteger(Math.round(Math.log10(each) * 1e6) / 1e6));
  const every = Math.ceil(decades.length / (room + 2));
  return decades.length > 1 ? decades.filter((_, place) => place % every === 0) : offered.filter((_, place) => place % Math.ceil(offered.length / room) === 0);
}

function timeTicks([low, high]: [number, number], start: number, room: number): { value: number; label: string }[] {
  const scale = scaleTime([new Date((start + low) * 1000), new Date((start + high) * 1000)], [0, 1]);
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", ...(high - low < 300 && { second: "2-digit" }) });
  const days = scale.tickFormat();
  return scale.ticks(Math.max(2, Math.floor(room * 0.7))).map((each) => ({ value: each.getTime() / 1000 - start, label: high - low < 72_000 ? clock.format(each) : days(each) }));
}
