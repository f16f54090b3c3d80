/** Which experiments are wanted, in which order, as the address says; and what is known of each. */

import type { Experiment } from "../../api";

export type Listed = Experiment;
export type State = "running" | "waiting" | "paused" | "done";

export const jobsOf = (experiment: Pick<Experiment, "counts">): number => Object.values(experiment.counts).reduce((sum, each) => sum + each, 0);

/** Whether somebody works on it, could, must not, or nothing is left to do. */
export function stateOf({ status, counts }: Pick<Experiment, "status" | "counts">): State {
  const left = counts.QUEUED + counts.RUNNING;
  if (status === "DONE") return left === 0 && jobsTotal(counts) > 0 ? "done" : "paused";
  return counts.RUNNING > 0 ? "running" : "waiting";
}

const jobsTotal = (counts: Experiment["counts"]): number => Object.values(counts).reduce((sum, each) => sum + each, 0);

/** In how many seconds nothing is left to do, if it goes on as in the last hour. */
export function secondsLeft({ status, summary }: Pick<Listed, "status" | "summary">): number | null {
  if (status === "DONE" || !summary?.per_hour || summary.remaining === null || summary.remaining === 0) return null;
  return (summary.remaining / summary.per_hour) * 3600;
}

const KEYS: Record<string, (experiment: Listed) => number | string | null> = {
  name: (each) => each.name.toLowerCase(),
  jobs: jobsOf,
  best: (each) => each.summary?.best?.quality ?? null,
  left: secondsLeft,
  modified: (each) => each.modified,
};

/** Those that are wanted, sorted; what has no value comes last, in both directions. */
export function chosen(experiments: Listed[], query: URLSearchParams): Listed[] {
  const text = (query.get("q") ?? "").toLowerCase();
  const [status, tag, sort] = [query.get("status"), query.get("tag"), query.get("sort") ?? "-modified"];
  const value = KEYS[sort.replace(/^-/, "")] ?? KEYS.modified!;
  const sign = sort.startsWith("-") ? -1 : 1;
  return experiments
    .filter((each) => !text || each.name.toLowerCase().includes(text) || each.tags.some((one) => one.toLowerCase().includes(text)))
    .filter((each) => (!status || stateOf(each) === status) && (!tag || each.tags.includes(tag)))
    .map((each) => [value(each), each] as const)
    .sort(([a], [b]) => (a === null || b === null ? Number(a === null) - Number(b === null) : sign * (typeof a === "string" && typeof b === "string" ? (a < b ? -1 : Number(a > b)) : Number(a) - Number(b))))
    .map(([, each]) => each);
}
