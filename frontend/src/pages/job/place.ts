/** Where a job stands among the others, as the server tells it. */

import { useQuery } from "@tanstack/react-query";
import { get, of, seg, type Status } from "../../api";
import { write } from "../../json";

export interface Mark {
  id: string;
  number: number;
  status: Status;
  quality: number | null;
}

export interface Place {
  jobs: number;
  rank: number | null;
  ranked: number;
  best: Mark | null;
  better: Mark | null;
  worse: Mark | null;
  percentiles: Record<string, number>;
  neighbours: { job: Mark; distance: number }[];
  compared: number;
  parent: Mark | null;
  children: Mark[];
}

export function usePlace(experiment: string, id: string) {
  return useQuery({
    queryKey: ["experiment", experiment, "job", id, "place"],
    queryFn: ({ signal }) => get<Place>(`${of(experiment)}jobs/${seg(id)}/place/`, signal),
    retry: 1,
    meta: { every: 5 },
  });
}

/** How a number differs from that of the best job: by a factor where both are above zero. */
export function difference(one: unknown, best: unknown): string | null {
  if (write(one) === write(best)) return "the same";
  if (typeof one !== "number" || typeof best !== "number" || !Number.isFinite(one) || !Number.isFinite(best)) return null;
  if (one > 0 && best > 0) {
    const factor = one / best;
    if (factor >= 1.2 || factor <= 1 / 1.2) return `×${Number(factor.toPrecision(2))}`;
  }
  const by = one - best;
  return `${by > 0 ? "+" : "−"}${Number(Math.abs(by).toPrecision(3))}`;
}
