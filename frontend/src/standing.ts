/** How fresh what is shown is, in one place for the whole tab, and in words. */

import { useEffect, useState, useSyncExternalStore } from "react";
import { duration } from "./format";

export type Kind = "live" | "waiting" | "polling" | "off" | "away";

export interface Standing {
  kind: Kind;
  /** When the server is asked next, if there is a moment for that. */
  next: number | null;
  /** When the server was heard last. */
  heard: number;
  /** Whether it is asked now and then because no stream comes through, rather than by choice. */
  isFallback: boolean;
}

let current: Standing = { kind: "waiting", next: null, heard: Date.now(), isFallback: false };
const listeners = new Set<() => void>();

export const standing = (): Standing => current;

export function stand(changes: Partial<Standing>) {
  const next = { ...current, ...changes };
  const isSame = (Object.keys(next) as (keyof Standing)[]).every((key) => next[key] === current[key]);
  if (isSame) return;
  current = next;
  for (const listener of listeners) listener();
}

const seconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds / 1000));

/** What the header says; the part that counts comes on its own, so that nobody has to hear it. */
export function inWords({ kind, next, heard, isFallback }: Standing, now: number): { says: string; counts: string } {
  const left = next === null ? "" : `${seconds(next - now)} s`;
  switch (kind) {
    case "live":
      return { says: "Live", counts: "" };
    case "waiting":
      return { says: "Connecting", counts: "" };
    case "off":
      return { says: "Refresh by hand", counts: "" };
    case "polling":
      return { says: isFallback ? "No live stream: refresh" : "Refresh", counts: left && ` in ${left}` };
    case "away":
      return { says: "The server is away.", counts: ` Last update ${duration(seconds(now - heard))} ago, trying again${left ? ` in ${left}` : ""}` };
  }
}

export const useStanding = (): Standing =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );

/** The time, anew every second while somebody counts. */
export function useNow(isCounting: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isCounting) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isCounting]);
  return now;
}
