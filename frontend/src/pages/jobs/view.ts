/** What the table of jobs shows, and how: all of it is in the address. */

import { useCallback, useMemo } from "react";
import { join, split, useSearchParams, type Step } from "../../query";
import type { Experiment } from "../../api";
import { SIZES, usePrefs, type Prefs } from "../../prefs";

export interface View {
  filter: string;
  sort: string[];
  page: number;
  size: number;
  /** The columns that were chosen; null for those that say something. */
  columns: string[] | null;
  pinned: string[];
  /** Ids of the jobs that stay at the top. */
  kept: string[];
  heat: string[];
  compact: boolean;
  /** The job in the panel beside the table. */
  panel: string | null;
}

export function readView(query: URLSearchParams, experiment: Experiment, liked: Prefs): View {
  const size = Number(query.get("size"));
  const page = Number(query.get("page"));
  const sort = (query.get("sort") ?? "").split(",").filter(Boolean);
  return {
    filter: query.get("f") ?? "",
    sort: sort.length ? sort : [experiment.objective ? "best" : "-number"],
    page: Number.isInteger(page) && page > 0 ? page : 1,
    size: SIZES.includes(size) ? size : liked.size,
    columns: query.has("cols") ? split(query.get("cols")) : null,
    pinned: split(query.get("pin")),
    kept: split(query.get("keep")),
    heat: split(query.get("heat")),
    compact: (query.get("rows") ?? liked.density) === "compact",
    panel: query.get("panel"),
  };
}

/** The address with some of the view changed; a new order or filter starts at the first page. */
export function writeView(query: URLSearchParams, changes: Partial<View>): URLSearchParams {
  const next = new URLSearchParams(query);
  const put = (key: string, text: string | null) => {
    if (text) next.set(key, text);
    else next.delete(key);
  };
  if (changes.filter !== undefined || changes.sort || changes.size) next.delete("page");
  if (changes.filter !== undefined) put("f", changes.filter);
  if (changes.sort) put("sort", changes.sort.join(","));
  if (changes.page !== undefined) put("page", changes.page > 1 ? String(changes.page) : null);
  if (changes.size !== undefined) put("size", String(changes.size));
  if (changes.columns !== undefined) {
    if (changes.columns === null) next.delete("cols");
    else next.set("cols", join(changes.columns));
  }
  if (changes.pinned) put("pin", join(changes.pinned));
  if (changes.kept) put("keep", join(changes.kept));
  if (changes.heat) put("heat", join(changes.heat));
  if (changes.compact !== undefined) put("rows", changes.compact ? "compact" : "roomy");
  if (changes.panel !== undefined) put("panel", changes.panel);
  return next;
}

export type SetView = (changes: Partial<View>, step?: Step) => void;

export function useView(experiment: Experiment): [View, SetView] {
  const [query, setQuery] = useSearchParams();
  const liked = usePrefs();
  const view = useMemo(() => readView(query, experiment, liked), [query, experiment, liked]);
  const set = useCallback((changes: Partial<View>, step?: Step) => setQuery((old) => writeView(old, changes), step), [setQuery]);
  return [view, set];
}

export type Way = "ascending" | "descending";
const NEWEST_FIRST = ["number", "created", "started", "finished", "modified"];

/** How a column is sorted, and as which key; null if it is not. */
export function sortedBy(sort: string[], name: string, goal: "min" | "max" | null): { rank: number; way: Way } | null {
  for (const [at, key] of sort.entries()) {
    const down = key.startsWith("-");
    const plain = down ? key.slice(1) : key;
    if (plain === name) return { rank: at + 1, way: down ? "descending" : "ascending" };
    if (plain === "best" && name === "quality") return { rank: at + 1, way: down !== (goal === "max") ? "descending" : "ascending" };
  }
  return null;
}

/** The order after a click on a column: alone, or as one more key; a third click takes a further key away. */
export function nextSort(sort: string[], name: string, further: boolean): string[] {
  const key = name === "quality" ? "best" : name;
  const first = NEWEST_FIRST.includes(name) ? `-${key}` : key;
  const second = first.startsWith("-") ? key : `-${key}`;
  const at = sort.findIndex((each) => [name, key].includes(each.replace(/^-/, "")));
  const isFirst = at >= 0 && (sort[at] === first || (name === "quality" && !["best", "-best"].includes(sort[at]!)));
  if (!further) return [isFirst && sort.length === 1 ? second : first];
  if (at < 0) return [...sort, first].slice(-5);
  if (isFirst) return sort.map((each, index) => (index === at ? second : each));
  return sort.length > 1 ? sort.filter((_, index) => index !== at) : sort;
}
