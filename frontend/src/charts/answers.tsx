/** What the server computes for charts: asked for when it is looked at, and now and then anew. */

import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useId, useState, type ReactNode } from "react";
import { columns as fetchColumns, get, of, type Columns, type Experiment } from "../api";
import { Problem } from "../ui";
import type { View } from "./view";

const EVERY = 20_000;
const SLOW = 4_000;

export interface Analysis {
  revision: number;
  jobs: number;
  used: number;
  note: string | null;
}

/** An analysis is costly: it follows what workers do at some distance, not at every change. */
export function useAnalysis<T extends Analysis>(view: View, kind: string, params: Record<string, string>, enabled = true): UseQueryResult<T> {
  const path = `${of(view.experiment.name)}analysis/${kind}/?${new URLSearchParams({ ...params, ...(view.filter && { f: view.filter }) })}`;
  return useQuery({
    queryKey: ["analysis", view.experiment.name, path],
    queryFn: ({ signal }) => get<T>(path, signal),
    refetchInterval: EVERY,
    placeholderData: keepPreviousData,
    enabled,
  });
}

const CALM = 20_000; // jobs: up to these, every change is drawn at once
const REST = 5_000;

/** Many jobs are megabytes: while workers change them all the time, they are fetched with pauses. */
async function rested(jobs: number, since: number, signal: AbortSignal): Promise<void> {
  const wait = jobs > CALM ? since + REST - Date.now() : 0;
  if (wait > 0) await new Promise<void>((resolve) => { const timer = setTimeout(resolve, wait); signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }); });
}

export function useColumns(experiment: Experiment, fields: string[], filter: string) {
  return useQuery({
    queryKey: ["experiment", experiment.name, "columns", fields, filter],
    queryFn: async ({ signal, queryKey, client }) => {
      const state = client.getQueryState<Columns>(queryKey);
      await rested(state?.data?.n ?? 0, state?.dataUpdatedAt ?? 0, signal);
      return fetchColumns(experiment.name, fields, filter, signal);
    },
    placeholderData: keepPreviousData,
    enabled: fields.length > 0,
  });
}

/** Columns that only one chart needs, of the jobs that the whole filter wants. */
export const useMore = (view: View, fields: string[]): UseQueryResult<Columns> => useColumns(view.experiment, fields, view.filter);

interface LoadedProps<T> {
  title: string;
  query: UseQueryResult<T>;
  height?: number;
  children: (data: T) => ReactNode;
}

/** A chart's own waiting, and its own trouble: other charts live on. */
export function Loaded<T>({ title, query, height = 240, children }: LoadedProps<T>) {
  const { data, error, refetch } = query;
  if (data !== undefined && !error) return children(data);
  return (
    <Blank title={title}>
      {error ? <Problem error={error} retry={() => void refetch()} /> : <Waiting height={height} />}
    </Blank>
  );
}

function Waiting({ height }: { height: number }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW);
    return () => clearTimeout(timer);
  }, []);
  return <div className="skeleton block" style={{ height }} aria-busy="true" aria-label="Loading"><i />{isSlow && <p className="dim">Still being computed…</p>}</div>;
}

export function Blank({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <figure className="panel chart" aria-labelledby={id}>
      <header><h2 id={id}><bdi>{title}</bdi></h2></header>
      {children}
    </figure>
  );
}

/** What a sentence about an analysis ends with. */
export const noted = (answer: Analysis): string => (answer.note ? ` ${answer.note}` : "");
