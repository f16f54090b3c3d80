/** Experiments side by side: how the best so far went, and which share of jobs is how good. */

import type { Point } from "./Lines";

/** The best so far, wherever it got better; the last point carries it to the end. */
export function bestSoFar(order: ArrayLike<number>, qualities: ArrayLike<number>, isMax: boolean): Point[] {
  const at = Array.from(order, (_, index) => index).filter((index) => Number.isFinite(order[index]!) && Number.isFinite(qualities[index]!));
  at.sort((a, b) => order[a]! - order[b]!);
  const points: Point[] = [];
  let best: number | null = null;
  for (const index of at) {
    const quality = qualities[index]!;
    if (best !== null && (isMax ? quality <= best : quality >= best)) continue;
    best = quality;
    points.push({ x: order[index]!, y: quality });
  }
  const last = at.at(-1);
  if (best !== null && last !== undefined && points.at(-1)!.x < order[last]!) points.push({ x: order[last]!, y: best });
  return points;
}

/** The n-th job that came to an end, rather than the n-th that was made. */
export function ranks(moments: ArrayLike<number>): Float32Array {
  const order = Array.from(moments, (_, at) => at).filter((at) => Number.isFinite(moments[at]!)).sort((a, b) => moments[a]! - moments[b]!);
  const found = new Float32Array(moments.length).fill(NaN);
  order.forEach((at, rank) => { found[at] = rank + 1; });
  return found;
}

/** The share of jobs that are no larger than each value, in at most so many points. */
export function shares(qualities: ArrayLike<number>, most = 400): Point[] {
  const sorted = Array.from(qualities).filter(Number.isFinite).sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil(sorted.length / most));
  const points: Point[] = [];
  for (let at = 0; at < sorted.length; at += step) points.push({ x: sorted[at]!, y: (at + 1) / sorted.length });
  if (sorted.length && points.at(-1)!.y < 1) points.push({ x: sorted.at(-1)!, y: 1 });
  return points;
}
