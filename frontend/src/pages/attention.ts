/** What went wrong, told briefly. */

import type { Job } from "../api";

export interface Group {
  reason: string;
  count: number;
  last: Job;
}

const UNKNOWN = "without a reason";

/** Crashes of a kind: those whose reasons differ in numbers and addresses only are one. */
export function groupReasons(jobs: Job[]): Group[] {
  const groups = new Map<string, Group>();
  for (const job of jobs) {
    const reason = headline(job.reason);
    const key = reason.replace(/0x[0-9a-f]+|\d+(?:\.\d+)?/gi, "#");
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { reason, count: 1, last: job });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** The line that says most: the last one of a traceback, the first one of anything else. */
export function headline(reason: string | null): string {
  const lines = (reason ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  const line = (lines[0]?.startsWith("Traceback") ? lines.at(-1) : lines[0]) ?? UNKNOWN;
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}
