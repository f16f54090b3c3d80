/** Which worker did which job when. */

import type { Columns } from "../api";

export interface Bar {
  at: number;
  lane: number;
  from: number;
  to: number;
}

export interface Lanes {
  workers: string[];
  bars: Bar[];
  low: number;
  high: number;
  /** Jobs that never began, and so lie nowhere. */
  waiting: number;
}

export const NOBODY = "unknown";

/** A lane for each worker, in the order in which they came; what runs lasts until now. */
export function lanesOf(columns: Columns, now: number): Lanes {
  const [started, finished, worker] = ["started", "finished", "worker"].map((name) => columns.data.get(name)!) as [Float32Array, Float32Array, Float32Array];
  const names = columns.categories.get("worker") ?? [];
  const first = new Map<number, number>();
  let [low, high, waiting] = [Infinity, -Infinity, 0];
  const spans: [number, number, number, number][] = [];
  for (let at = 0; at < columns.n; at++) {
    const from = Number.isNaN(started[at]!) ? finished[at]! : started[at]!;
    if (Number.isNaN(from)) { waiting++; continue; }
    const to = Number.isNaN(finished[at]!) ? Math.max(now, from) : finished[at]!;
    const who = Number.isNaN(worker[at]!) ? -1 : worker[at]!;
    spans.push([at, who, from, to]);
    if (from < (first.get(who) ?? Infinity)) first.set(who, from);
    [low, high] = [Math.min(low, from), Math.max(high, to)];
  }
  const order = [...first].sort((a, b) => a[1] - b[1]).map(([who]) => who);
  const lane = new Map(order.map((who, place) => [who, place]));
  return { workers: order.map((who) => names[who] ?? NOBODY), bars: spans.map(([at, who, from, to]) => ({ at, lane: lane.get(who)!, from, to })), low, high, waiting };
}
