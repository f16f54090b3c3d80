/** How somebody likes the dashboard to be; kept in this browser, and told to its other tabs. */

import { useSyncExternalStore } from "react";

export type Refresh = "live" | "10" | "60" | "off";

export interface Prefs {
  density: "roomy" | "compact";
  size: number;
  times: "ago" | "local" | "utc";
  keys: boolean;
  refresh: Refresh;
}

const KEY = "schedy-prefs";
export const SIZES = [25, 50, 100, 500];
export const USUAL: Prefs = { density: "roomy", size: 50, times: "ago", keys: true, refresh: "live" };
const listeners = new Set<() => void>();
let current: Prefs | null = null;

/** Preferences out of what was stored; whatever makes no sense there is as usual. */
export function readPrefs(text: string | null): Prefs {
  let stored: Partial<Record<keyof Prefs, unknown>> = {};
  try {
    stored = (JSON.parse(text ?? "{}") as typeof stored | null) ?? {};
  } catch {
    // Somebody else wrote it.
  }
  const oneOf = <T>(value: unknown, allowed: readonly T[], otherwise: T): T => allowed.find((each) => each === value) ?? otherwise;
  return {
    density: oneOf(stored.density, ["roomy", "compact"], USUAL.density),
    size: oneOf(stored.size, SIZES, USUAL.size),
    times: oneOf(stored.times, ["ago", "local", "utc"], USUAL.times),
    keys: oneOf(stored.keys, [true, false], USUAL.keys),
    refresh: oneOf(stored.refresh, ["live", "10", "60", "off"], USUAL.refresh),
  };
}

export function prefs(): Prefs {
  current ??= readPrefs(localStorage.getItem(KEY));
  return current;
}

export function setPrefs(changes: Partial<Prefs>) {
  current = { ...prefs(), ...changes };
  localStorage.setItem(KEY, JSON.stringify(current));
  for (const listener of listeners) listener();
}

export function onPrefs(listener: () => void): () => void {
  const elsewhere = (event: StorageEvent) => {
    if (event.key !== KEY) return;
    current = null;
    listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", elsewhere);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", elsewhere);
  };
}

export const usePrefs = (): Prefs => useSyncExternalStore(onPrefs, prefs);
