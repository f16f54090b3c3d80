/** Shortcuts: single keys and short sequences, which never act while somebody writes. */

import { useEffect, useRef, useSyncExternalStore } from "react";
import { prefs } from "./prefs";

/** For each key or sequence, what it does in words, and does. */
export type Keys = Record<string, [string, () => void]>;

interface Layer {
  where: string;
  keys: Keys;
}

const SEQUENCE = 1_200; // milliseconds between two keys
let layers: readonly Layer[] = [];
let before = "";
let since = 0;
const listeners = new Set<() => void>();

function become(next: readonly Layer[]) {
  layers = next;
  for (const listener of listeners) listener();
}

/** How a key press is written here: `j`, `shift+x`, `Escape`, `?`. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "shiftKey">): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  if (isLetter) return event.shiftKey ? `shift+${event.key.toLowerCase()}` : event.key.toLowerCase();
  return event.key;
}

/** What a key means after the one before: something to do, the start of a sequence, or nothing. */
export function meaning(known: Iterable<string>, prior: string, key: string): { run: string } | { start: string } | null {
  const all = [...known];
  const sequence = prior ? `${prior} ${key}` : key;
  if (prior && all.includes(sequence)) return { run: sequence };
  if (all.includes(key)) return { run: key };
  return all.some((each) => each.startsWith(`${key} `)) ? { start: key } : null;
}

function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest("input:not([type=checkbox], [type=radio]), textarea, select") !== null);
}

/** Enter and the arrows belong to what has the focus. */
function belongs(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  const controls = "a, button, summary, [role=slider], input";
  return (event.key === "Enter" || event.key.startsWith("Arrow")) && target.closest(controls) !== null;
}

function onKeyDown(event: KeyboardEvent) {
  const isTyped = event.getModifierState("AltGraph");
  if (event.defaultPrevented || event.metaKey || ((event.ctrlKey || event.altKey) && !isTyped)) return;
  if (!prefs().keys || writes(event.target) || belongs(event) || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const now = performance.now();
  const prior = now - since < SEQUENCE ? before : "";
  // The page above what lies below: the latest layer wins.
  const all = new Map(layers.flatMap((layer) => Object.entries(layer.keys)));
  const found = meaning(all.keys(), prior, nameOf(event));
  [before, since] = [found && "start" in found ? found.start : "", now];
  if (!found || !("run" in found)) return;
  event.preventDefault();
  all.get(found.run)?.[1]();
}

/** Offer shortcuts for as long as the component is shown; `where` heads them in the help. */
export function useKeys(keys: Keys, where: string) {
  const latest = useRef(keys);
  latest.current = keys;
  const names = Object.keys(keys).join("\n");
  useEffect(() => {
    const bound: Keys = Object.fromEntries(names.split("\n").filter(Boolean).map((name) => [name, [latest.current[name]?.[0] ?? "", () => latest.current[name]?.[1]()]]));
    const layer: Layer = { where, keys: bound };
    become([...layers, layer]);
    return () => become(layers.filter((each) => each !== layer));
  }, [names, where]);
}

/** Listen to the keyboard; once, for the whole dashboard. */
export function useKeyboard() {
  useEffect(() => {
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

export const useLayers = (): readonly Layer[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => layers,
  );

/** How a key looks on paper. */
export const printed = (key: string): string =>
  ({ Delete: "Del", Escape: "Esc", ArrowDown: "↓", ArrowUp: "↑" })[key] ?? key.replace("shift+", "⇧ ");
