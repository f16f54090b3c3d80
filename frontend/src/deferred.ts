/**
 * What is done in a few seconds, unless somebody thinks better of it. It goes on whatever page is
 * shown, and is done at once when the window closes.
 */

import { useSyncExternalStore } from "react";

export const UNDO_FOR = 10_000; // milliseconds

export interface Deferred {
  key: number;
  says: string;
  /** What looks gone already: the jobs of an experiment, some or all that fit a filter. */
  experiment: string;
  ids: ReadonlySet<string>;
  filter: string | null;
  due: number;
  error: Error | null;
}

type Run = (isClosing: boolean) => Promise<unknown>;

let all: readonly Deferred[] = [];
let count = 0;
const runs = new Map<number, { run: Run; timer: number }>();
const listeners = new Set<() => void>();

function become(next: readonly Deferred[]) {
  all = next;
  for (const listener of listeners) listener();
}

const drop = (key: number) => become(all.filter((each) => each.key !== key));

interface Wanted {
  says: string;
  experiment: string;
  ids: Iterable<string>;
  filter?: string;
}

export function defer({ says, experiment, ids, filter }: Wanted, run: Run) {
  const key = ++count;
  become([...all, { says, experiment, key, ids: new Set(ids), filter: filter ?? null, due: Date.now() + UNDO_FOR, error: null }]);
  runs.set(key, { run, timer: window.setTimeout(() => void carryOut(key), UNDO_FOR) });
}

/** Tell what failed, where the page has no place for it. */
export function report(error: Error) {
  become([...all, { key: ++count, says: "", experiment: "", ids: new Set(), filter: null, due: 0, error }]);
}

async function carryOut(key: number) {
  const found = runs.get(key);
  if (!found) return;
  window.clearTimeout(found.timer);
  runs.delete(key);
  try {
    await found.run(false);
    drop(key);
  } catch (error) {
    become(all.map((each) => (each.key === key ? { ...each, ids: new Set<string>(), filter: null, error: error as Error } : each)));
  }
}

/** Leave it; without a key, the latest one. Tells whether there was anything to leave. */
export function undo(key: number | undefined = [...runs.keys()].at(-1)): boolean {
  const found = key === undefined ? undefined : runs.get(key);
  if (key === undefined || !found) return false;
  window.clearTimeout(found.timer);
  runs.delete(key);
  drop(key);
  return true;
}

/** Do it without waiting any longer, or let go of what has failed. */
export function hasten(key: number) {
  if (runs.has(key)) void carryOut(key);
  else drop(key);
}

window.addEventListener("pagehide", () => {
  for (const { run, timer } of runs.values()) {
    window.clearTimeout(timer);
    void run(true);
  }
  runs.clear();
  become([]);
});

export const useDeferred = (): readonly Deferred[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => all,
  );

/** The jobs of an experiment that look gone already; a filter is told if it is known that a job fits it. */
export function useLeaving(experiment: string): (id: string, filter?: string) => boolean {
  const waiting = useDeferred();
  return (id, filter = "") => waiting.some((each) => each.experiment === experiment && (each.ids.has(id) || each.filter === "" || each.filter === filter));
}
