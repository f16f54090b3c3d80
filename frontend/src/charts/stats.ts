/** What charts compute by themselves from columns. */

export interface Share {
  share: number;
  low: number;
  high: number;
}

const Z = 1.959963984540054; // 95 %

/** The share of `failed` among `all`, and the interval that holds the true one in 95 of 100 cases. */
export function wilson(failed: number, all: number): Share {
  if (all === 0) return { share: NaN, low: 0, high: 1 };
  const share = failed / all;
  const weight = 1 + (Z * Z) / all;
  const middle = (share + (Z * Z) / (2 * all)) / weight;
  const reach = (Z / weight) * Math.sqrt((share * (1 - share)) / all + (Z * Z) / (4 * all * all));
  return { share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}

export interface Bin {
  low: number;
  high: number;
}

/** Bins of equal width, or of equal ratio; a bin of its own for each value if they are few. */
export function binsOf(values: Float32Array, count: number, isLog: boolean): Bin[] {
  const finite = Float64Array.from(values).filter((each) => Number.isFinite(each) && (!isLog || each > 0)).sort();
  if (!finite.length) return [];
  const different = [...new Set(finite)];
  if (different.length <= count) return different.map((each) => ({ low: each, high: each }));
  const [low, high] = [finite[0]!, finite[finite.length - 1]!];
  const edge = (at: number) => (at === 0 ? low : at === count ? high : isLog ? low * (high / low) ** (at / count) : low + ((high - low) * at) / count);
  return Array.from({ length: count }, (_, at) => ({ low: edge(at), high: edge(at + 1) }));
}

/** The bin that a value lies in, -1 if none. */
export function binAt(bins: Bin[], value: number): number {
  let [from, to] = [0, bins.length - 1];
  while (from <= to) {
    const middle = (from + to) >> 1;
    const bin = bins[middle]!;
    if (value < bin.low) to = middle - 1;
    else if (value > bin.high || (value === bin.high && bin.high > bin.low && middle < bins.length - 1)) from = middle + 1;
    else return value >= bin.low ? middle : -1;
  }
  return -1;
}

/** For each value the share of values that are worse: 1 is the best, equal ones share their rank. */
export function ranks(values: Float32Array, isMax: boolean): Float32Array {
  const found = new Float32Array(values.length).fill(NaN);
  const order = [...values.keys()].filter((at) => !Number.isNaN(values[at]!)).sort((a, b) => (isMax ? 1 : -1) * (values[a]! - values[b]!));
  const last = Math.max(1, order.length - 1);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let at = from; at <= to; at++) found[order[at]!] = order.length === 1 ? 1 : (from + to) / 2 / last;
    from = to + 1;
  }
  return found;
}

export interface Hour {
  from: number;
  to: number;
  counts: number[];
}

const STEPS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 604800, 2592000];

/** How many jobs ended in each stretch of time, by kind; at most `most` stretches. */
export function throughput(moments: Float32Array, kinds: Float32Array, kindCount: number, until: number, most = 48): { width: number; hours: Hour[] } {
  let first = Infinity;
  for (const moment of moments) if (Number.isFinite(moment) && moment < first) first = moment;
  if (!Number.isFinite(first)) return { width: 3600, hours: [] };
  const end = Math.max(until, first);
  const width = STEPS.find((each) => (end - first) / each < most - 1) ?? (end - first) / (most - 2);
  const from = Math.floor(first / width);
  const hours = Array.from({ length: Math.floor(end / width) - from + 1 }, (_, at) => ({ from: (from + at) * width, to: (from + at + 1) * width, counts: new Array<number>(kindCount).fill(0) }));
  moments.forEach((moment, at) => {
    const hour = Number.isFinite(moment) ? hours[Math.floor(moment / width) - from] : undefined;
    const kind = kinds[at]!;
    if (hour && kind >= 0 && kind < kindCount) hour.counts[kind]!++;
  });
  return { width, hours };
}

/** How much of what happened a prediction explains. */
export function rSquared(actual: ArrayLike<number>, predicted: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let at = 0; at < actual.length; at++) if (Number.isFinite(actual[at]! + predicted[at]!)) [sum, count] = [sum + actual[at]!, count + 1];
  const mean = sum / count;
  let [left, all] = [0, 0];
  for (let at = 0; at < actual.length; at++) {
    if (!Number.isFinite(actual[at]! + predicted[at]!)) continue;
    left += (actual[at]! - predicted[at]!) ** 2;
    all += (actual[at]! - mean) ** 2;
  }
  return all > 0 ? 1 - left / all : NaN;
}

/** A number for spreading equal values apart that is the same each time: from -0.5 to 0.5. */
export const jitter = (at: number): number => (((at * 2654435761) >>> 0) % 1000) / 1000 - 0.5;
