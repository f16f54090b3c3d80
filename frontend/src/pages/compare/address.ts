/** What is compared: it stands in the address, each part of it encoded on its own. */

import { seg } from "../../api";

export interface Which {
  experiment: string;
  id: string;
}

export interface Compared {
  jobs: Which[];
  base: Which | null;
  experiments: string[];
  all: boolean;
}

export const MOST = 12;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

function which(text: string): Which | null {
  const at = text.indexOf(":");
  return at < 1 || at === text.length - 1 ? null : { experiment: decoded(text.slice(0, at)), id: decoded(text.slice(at + 1)) };
}

export const isSame = (a: Which | null, b: Which | null): boolean => a?.experiment === b?.experiment && a?.id === b?.id;

export function readCompared(query: URLSearchParams): Compared {
  const jobs: Which[] = [];
  for (const part of (query.get("jobs") ?? "").split(",")) {
    const found = which(part);
    if (found && !jobs.some((each) => isSame(each, found))) jobs.push(found);
  }
  const base = which(query.get("base") ?? "");
  return {
    jobs: jobs.slice(0, MOST),
    base: jobs.find((each) => isSame(each, base)) ?? jobs[0] ?? null,
    experiments: [...new Set(query.getAll("e").filter(Boolean))].slice(0, MOST),
    all: query.get("all") === "1",
  };
}

const written = (job: Which): string => `${seg(job.experiment)}:${seg(job.id)}`;

export function jobsAddress(jobs: Which[], base: Which | null = null, all = false): string {
  const query = new URLSearchParams({ jobs: jobs.map(written).join(",") });
  if (base && !isSame(base, jobs[0] ?? null)) query.set("base", written(base));
  if (all) query.set("all", "1");
  return `/compare?${query}`;
}

export const experimentsAddress = (names: string[]): string => `/compare?${new URLSearchParams(names.map((name) => ["e", name]))}`;
