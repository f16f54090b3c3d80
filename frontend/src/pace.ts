/** How long an experiment still takes, where there is an end to it. */

import type { Experiment } from "./api";

/** How many jobs are still to come; null if nobody can say, as with a search without an end. */
export function toCome(experiment: Pick<Experiment, "scheduler" | "counts">): number | null {
  const [kind, content] = Object.entries(experiment.scheduler)[0] ?? [];
  const { QUEUED, RUNNING, DONE } = experiment.counts;
  if (kind === "Manual") return QUEUED + RUNNING;
  if (kind !== "PBT") return null;
  const { numParallel, maxGenerations, max_generations } = content as Record<string, number | null | undefined>;
  const generations = maxGenerations ?? max_generations;
  return numParallel && generations ? Math.max(0, numParallel * generations - DONE) : null;
}

/** The seconds that are left at so many jobs per hour; null if nobody can say, or all is done. */
export function remaining(experiment: Pick<Experiment, "scheduler" | "counts" | "status">, perHour: number): number | null {
  const jobs = toCome(experiment);
  return experiment.status === "RUNNING" && jobs && perHour > 0 ? (jobs * 3600) / perHour : null;
}
