/** Where jobs fail: the share of crashed ones by the value of a hyperparameter. */

import type { Columns } from "../api";
import { suggestsLog } from "./axis";
import { binAt, binsOf, wilson, type Bin, type Share } from "./stats";

export interface Group extends Share {
  label: string;
  bin: Bin;
  failed: number;
  ended: number;
}

export interface Failures {
  groups: Group[];
  isCategory: boolean;
  failed: number;
  ended: number;
  /** Jobs that ended and have no such value. */
  without: number;
}

const MOST_BINS = 10;

type Say = (value: number) => string;

export function failuresBy(columns: Columns, field: string, say: Say): Failures {
  const values = columns.data.get(field)!;
  const categories = columns.categories.get(field) ?? null;
  const { failed, ended } = endings(columns);
  const bins = categories ? categories.map((_, at) => ({ low: at, high: at })) : binsOf(values, MOST_BINS, suggestsLog(values));
  const counts = bins.map(() => ({ failed: 0, ended: 0 }));
  let [allFailed, allEnded, without] = [0, 0, 0];
  for (let at = 0; at < columns.n; at++) {
    if (!ended[at]) continue;
    allEnded++;
    allFailed += failed[at]!;
    const count = counts[binAt(bins, values[at]!)];
    if (!count) { without++; continue; }
    count.ended++;
    count.failed += failed[at]!;
  }
  const groups = bins.map((bin, at): Group => ({ label: categories?.[at] ?? (bin.low === bin.high ? say(bin.low) : `${say(bin.low)}–${say(bin.high)}`), bin, ...counts[at]!, ...wilson(counts[at]!.failed, counts[at]!.ended) }));
  return { groups: groups.filter((group) => group.ended > 0), isCategory: categories !== null, failed: allFailed, ended: allEnded, without };
}

function endings(columns: Columns): { failed: Uint8Array; ended: Uint8Array } {
  const statuses = columns.categories.get("status") ?? [];
  const status = columns.data.get("status")!;
  const [failed, ended] = [new Uint8Array(columns.n), new Uint8Array(columns.n)];
  for (let at = 0; at < columns.n; at++) {
    const name = statuses[status[at]!];
    failed[at] = name === "CRASHED" ? 1 : 0;
    ended[at] = name === "CRASHED" || name === "DONE" || name === "PRUNED" ? 1 : 0;
  }
  return { failed, ended };
}

/** How far failing depends on a field: the widest gap between what is sure of two of its groups. */
export function gap({ groups }: Failures): number {
  let [most, least] = [0, 1];
  for (const group of groups) [most, least] = [Math.max(most, group.low), Math.min(least, group.high)];
  return most - least;
}
