/** Jobs side by side: which values differ, and by how much. */

import type { Job } from "../../api";
import { duration, number, value } from "../../format";
import { write } from "../../json";

export interface Row {
  group: "Outcome" | "Results" | "Hyperparameters" | "Course";
  name: string;
  values: unknown[];
}

const seconds = (job: Job): number | null => (job.started && job.finished ? (Date.parse(job.finished) - Date.parse(job.started)) / 1000 : null);

/** Everything that is known of the jobs, a row for each name that any of them has. */
export function rowsOf(jobs: Job[], goal: string): Row[] {
  const room = (group: Row["group"], which: "hyperparameters" | "results"): Row[] => {
    const names = new Set(jobs.flatMap((job) => Object.keys(job[which])));
    return [...names].map((name) => ({ group, name, values: jobs.map((job) => job[which][name]) }));
  };
  return [
    { group: "Outcome", name: goal, values: jobs.map((job) => job.quality) },
    ...room("Results", "results").filter((row) => row.name !== goal),
    ...room("Hyperparameters", "hyperparameters"),
    { group: "Course", name: "status", values: jobs.map((job) => job.status.toLowerCase()) },
    { group: "Course", name: "duration", values: jobs.map(seconds) },
    { group: "Course", name: "attempts", values: jobs.map((job) => job.attempt) },
    { group: "Course", name: "worker", values: jobs.map((job) => job.worker) },
    { group: "Course", name: "started", values: jobs.map((job) => job.started) },
    { group: "Course", name: "finished", values: jobs.map((job) => job.finished) },
  ];
}

export const differs = (row: Row): boolean => new Set(row.values.map((each) => each === undefined ? "" : write(each))).size > 1;

/** A list of numbers is a curve: it is drawn, not written out. */
export const isCurve = (item: unknown): item is number[] => Array.isArray(item) && item.length > 1 && item.every((each) => typeof each === "number");

const SHORT = 10; // seconds, of which parts matter

/** A value as it is written in its row. */
export function written({ group, name }: Pick<Row, "group" | "name">, item: unknown): string {
  if (typeof item !== "number") return value(item);
  if (group !== "Course" || name !== "duration") return number(item, 6);
  return item < SHORT ? `${number(item, 2)} s` : duration(item);
}

export interface Change {
  text: string;
  way: "more" | "less";
}

/** How a value lies to that of the base: as a ratio where that says more, else as a difference. */
export function change(base: unknown, item: unknown, as: "ratio" | "difference"): Change | null {
  if (typeof base !== "number" || typeof item !== "number" || !Number.isFinite(base) || !Number.isFinite(item) || base === item) return null;
  const way = item > base ? "more" : "less";
  const ratio = item / base;
  const isRatio = as === "ratio" && base !== 0 && ratio > 0 && (ratio >= 1.1 || ratio <= 0.9);
  if (isRatio) return { text: `×${number(ratio, 3)}`, way };
  const difference = item - base;
  return { text: `${difference > 0 ? "+" : "−"}${number(Math.abs(difference), 3)}`, way };
}
