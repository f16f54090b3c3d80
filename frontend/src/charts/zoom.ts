/**
 * How far each chart is zoomed in. It is kept here, outside of the charts, so that neither new data
 * nor a look at the table moves what somebody looks at; the address tells it to whoever gets a link.
 */

import { useCallback, useEffect, useSyncExternalStore } from "react";
import { navigate } from "wouter/use-browser-location";
import { join, split } from "../query";
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

const writtenSpan = (span: Extent | null): string => (span ? `${span.low}~${span.high}` : "");

function readSpan(text: string): Extent | null {
  const [low, high] = text.split("~").map(Number);
  return low !== undefined && high !== undefined && text && isSane({ low, high }) ? { low, high } : null;
}

/** The windows of charts as an address has them, by the charts' ids. */
export const writeWindows = (all: Iterable<[string, Window]>): string => join(Array.from(all, ([id, { x, y }]) => `${id}:${writtenSpan(x)}:${writtenSpan(y)}`));

export function readWindows(text: string | null): Map<string, Window> {
  return new Map(split(text).flatMap((each) => {
    const [, id, x, y] = /^(.*):([^:]*):([^:]*)$/.exec(each) ?? [];
    const window = { x: readSpan(x ?? ""), y: readSpan(y ?? "") };
    return id && (window.x || window.y) ? [[id, window] as const] : [];
  }));
}

const PAUSE = 300; // milliseconds without a change, before the address tells it
const shown = new Map<string, string>(); // the ids of the charts on the page, by their keys
let timer = 0;

function tell() {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    const { pathname, search, hash } = window.location;
    const query = new URLSearchParams(search);
    const all = readWindows(query.get("zoom")); // also of charts further down, which are not there yet
    for (const [key, id] of shown) {
      if (windows.has(key)) all.set(id, windowOf(key));
      else all.delete(id);
    }
    const text = writeWindows(all);
    if (text === (query.get("zoom") ?? "")) return;
    if (text) query.set("zoom", text);
    else query.delete("zoom");
    navigate(`${pathname}${query.size ? `?${query}` : ""}${hash}`, { replace: true });
  }, PAUSE);
}

/** The window of a chart of an experiment, and how to change it. */
export function useWindow(experiment: string, id: string): [Window, (window: Window) => void] {
  const key = `${experiment}/${id}`;
  useEffect(() => {
    const told = readWindows(new URLSearchParams(window.location.search).get("zoom")).get(id);
    shown.set(key, id);
    if (told && !windows.has(key)) look(key, told);
    else tell();
    return () => { shown.delete(key); };
  }, [key, id]);
  const found = useSyncExternalStore(listen, () => windowOf(key));
  const zoom = useCallback((next: Window) => { look(key, next); tell(); }, [key]);
  return [found, zoom];
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
