/**
 * How far each chart is zoomed in. It is kept here, outside of the charts, so that neither new data
 * nor a look at the table moves what somebody looks at.
 */

import { useCallback, useSyncExternalStore } from "react";
import type { Axis, Extent } from "./axis";

export interface Window {
  x: Extent | null;
  y: Extent | null;
}

export const WHOLE: Window = { x: null, y: null };

const windows = new Map<string, Window>();
const listeners = new Set<() => void>();

export function windowOf(key: string): Window {
  return windows.get(key) ?? WHOLE;
}

export function look(key: string, window: Window) {
  if (window.x || window.y) windows.set(key, window);
  else windows.delete(key);
  for (const listener of listeners) listener();
}

function listen(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The window of a chart, and how to change it. */
export function useWindow(key: string): [Window, (window: Window) => void] {
  const window = useSyncExternalStore(listen, () => windowOf(key));
  return [window, useCallback((next: Window) => look(key, next), [key])];
}

/** What is seen between two pixels of an axis, in whichever order. */
export function between(axis: Axis, from: number, to: number): Extent {
  const ends = [axis.invert(from), axis.invert(to)];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** A span `factor` times as wide, around a pixel; less than 1 looks closer. */
export function around(axis: Axis, [from, to]: [number, number], pixel: number, factor: number): Extent {
  return between(axis, pixel + (from - pixel) * factor, pixel + (to - pixel) * factor);
}

/** The span that lies beside, by a share of what is seen. */
export function beside(axis: Axis, [from, to]: [number, number], share: number): Extent {
  const way = (to - from) * share;
  return between(axis, from + way, to + way);
}

/** Whether a span still is one that numbers of 32 bits can tell apart. */
export function isSane({ low, high }: Extent): boolean {
  return Number.isFinite(low) && Number.isFinite(high) && high - low > Math.max(Math.abs(low), Math.abs(high)) * 1e-7;
}
