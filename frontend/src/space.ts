/** Search spaces as they travel: distributions that can be drawn from, and be told in words. */

import type { Experiment } from "./api";
import { number, value } from "./format";
import { parse, write } from "./json";

export type Kind = "uniform" | "loguniform" | "normal" | "choice" | "const";
export type Distribution =
  | { uniform: { low: number; high: number } }
  | { loguniform: { low: number; high: number } }
  | { normal: { mean: number; std: number } }
  | { choice: { values: unknown[]; weights?: number[] | null } }
  | { const: unknown };
export type Space = Record<string, Distribution>;

/** Where an experiment draws hyperparameters from; empty if people choose them. */
export function spaceOf(experiment: Pick<Experiment, "scheduler">): Space {
  const [kind, content] = Object.entries(experiment.scheduler)[0] ?? [];
  if (kind === "RandomSearch") return (content ?? {}) as Space;
  if (kind === "PBT") return ((content as { init?: Space | null } | null)?.init ?? {}) as Space;
  return {};
}

/** The value below which the share `u` (0 ≤ u < 1) of all samples lies, as on the server. */
export function quantile(of: Distribution, u: number): unknown {
  if ("uniform" in of) {
    const [low, high] = [Number(of.uniform.low), Number(of.uniform.high)];
    return low + (high - low) * u;
  }
  if ("loguniform" in of) {
    const [low, high] = [Number(of.loguniform.low), Number(of.loguniform.high)];
    return Math.min(Math.max(Math.exp(Math.log(low) + Math.log(high / low) * u), low), high);
  }
  if ("normal" in of) return Number(of.normal.mean) + Number(of.normal.std) * deviations(Math.max(u, 2 ** -54));
  if ("choice" in of) return of.choice.values[position(of.choice.values.length, of.choice.weights ?? null, u)];
  return of.const;
}

function position(count: number, weights: number[] | null, u: number): number {
  if (!weights) return Math.min(count - 1, Math.floor(u * count));
  let left = u * weights.reduce((sum, each) => sum + each, 0);
  for (const [at, weight] of weights.entries()) {
    if (left < weight) return at;
    left -= weight;
  }
  return weights.findLastIndex((each) => each > 0);
}

/** How many standard deviations above the mean a share of a normal distribution ends (Acklam). */
export function deviations(p: number): number {
  const [a, b, c, d] = [
    [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239],
    [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1],
    [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
    [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1],
  ] as const;
  const sum = (factors: readonly number[], x: number) => factors.reduce((total, each) => total * x + each, 0);
  if (p < 0.02425) return sum(c, Math.sqrt(-2 * Math.log(p))) / sum(d, Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -deviations(1 - p);
  const r = (p - 0.5) ** 2;
  return ((p - 0.5) * sum(a, r)) / sum(b, r);
}

/** So many values, spread evenly: what a histogram of very many draws would show. */
export const spread = (of: Distribution, count: number): unknown[] => Array.from({ length: count }, (_, at) => quantile(of, (at + 0.5) / count));

export const draw = (space: Space, random: () => number = Math.random): Record<string, unknown> =>
  Object.fromEntries(Object.entries(space).map(([name, each]) => [name, quantile(each, random())]));

export interface Bar {
  label: string;
  share: number;
}

/** What a search will try: shares of bins for numbers, of values for a choice. */
export function histogram(of: Distribution, bins = 24): Bar[] {
  if ("choice" in of) {
    const { values, weights } = of.choice;
    const whole = weights?.reduce((sum, each) => sum + each, 0) || 1;
    return values.map((each, at) => ({ label: value(each), share: weights ? (weights[at] ?? 0) / whole : 1 / values.length }));
  }
  if ("const" in of) return [{ label: value(of.const), share: 1 }];
  const values = spread(of, 960) as number[];
  // By magnitude where it draws by magnitude: all else would be one tall bar.
  const [to, from] = "loguniform" in of ? [Math.log, Math.exp] : [(item: number) => item, (item: number) => item];
  const [low, high] = [to(values[0]!), to(values.at(-1)!)];
  if (!(high > low)) return [{ label: number(values[0]), share: 1 }];
  const counts = Array.from({ length: bins }, () => 0);
  for (const each of values) counts[Math.min(bins - 1, Math.floor(((to(each) - low) / (high - low)) * bins))]! += 1;
  const edge = (at: number) => number(from(low + ((high - low) * at) / bins), 3);
  return counts.map((count, at) => ({ label: `${edge(at)} to ${edge(at + 1)}`, share: count / values.length }));
}

/** A distribution in words. */
export function said(of: Distribution): string {
  if ("uniform" in of) return `${number(of.uniform.low)} to ${number(of.uniform.high)}`;
  if ("loguniform" in of) return `${number(of.loguniform.low)} to ${number(of.loguniform.high)}, by magnitude`;
  if ("normal" in of) return `around ${number(of.normal.mean)}, give or take ${number(of.normal.std)}`;
  if ("choice" in of) return `one of ${of.choice.values.map(value).join(", ")}`;
  return `always ${value(of.const)}`;
}

const isNumber = (item: unknown): item is number | bigint => typeof item === "number" || typeof item === "bigint";

/** Whether a value could have been drawn. */
export function covers(of: Distribution, item: unknown): boolean {
  if ("normal" in of) return isNumber(item);
  if ("choice" in of) return of.choice.values.some((each) => write(each) === write(item));
  if ("const" in of) return write(of.const) === write(item);
  const { low, high } = "uniform" in of ? of.uniform : of.loguniform;
  return isNumber(item) && item >= low && item <= high;
}

/** A value as it was meant: a number, true or a list where it reads like one, else text. */
export function literal(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}
