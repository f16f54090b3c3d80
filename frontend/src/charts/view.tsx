/** What all charts of a page go by: the jobs to show, the goal, and what somebody chose. */

import { createContext, useContext, useMemo, type ReactNode } from "react";
import type { Columns, Experiment, Field } from "../api";
import { analysisCommands, viewCommands, type Commands } from "../copyas";
import { short } from "../format";
import { extent, suggestsLog, type Kind, type Spec } from "./axis";
import { atWholes, type Limits, type Limit } from "./limits";

export interface View {
  experiment: Experiment;
  fields: Field[];
  /** The hyperparameters and results that `columns` has, but for the target. */
  names: string[];
  /** The jobs that the whole filter wants. */
  columns: Columns;
  /** Also the jobs that are only left out by `limits`. */
  all: Columns;
  limits: Limits;
  filter: string;
  target: string;
  isMax: boolean;
  colour: string;
  clip: boolean;
  isSelecting: boolean;
  scales: Record<string, "log" | "linear">;
  setScale: (field: string, kind: "log" | "linear") => void;
  mark: (limits: Record<string, Limit | null>) => void;
  pick: (number: number) => void;
  /** Where the same jobs are listed; null if nowhere. */
  table: string | null;
  /** The jobs are few, and each has a colour of its own. */
  hasSeries?: boolean | undefined;
}

const ViewContext = createContext<View | null>(null);

export function ViewProvider({ value, children }: { value: View; children: ReactNode }) {
  const mark: View["mark"] = (limits) => value.mark(atWholes(limits, value.all));
  return <ViewContext value={{ ...value, mark }}>{children}</ViewContext>;
}

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("A chart needs a view around it.");
  return view;
}

const NAMES: Record<string, string> = { number: "job", seconds: "duration (s)", created: "created", started: "started", finished: "finished" };
const TIMES = new Set(["created", "started", "finished", "modified"]);

/** A field as people call it; times with their unit. */
export function wholeNameOf(view: Pick<View, "experiment">, field: string): string {
  if (field === "quality") return view.experiment.objective?.result ?? "quality";
  return NAMES[field] ?? short(field);
}

type Asked = Omit<Parameters<typeof analysisCommands>[1], "filter">;

/** How an analysis is had elsewhere. */
export const analysed = (view: View, asked: Asked): Commands => analysisCommands(view.experiment.name, { ...asked, filter: view.filter });

/** How fields of the jobs that are shown are had elsewhere. */
export const exported = (view: View, fields: string[]): Commands =>
  viewCommands(view.experiment.name, { filter: view.filter, sort: ["number"], columns: [...new Set(["id", ...fields])], size: 0 });

/** The two fields that were chosen, if there are such; else the first two. */
export function pairOf(chosen: string[], names: string[]): [string | undefined, string | undefined] {
  const [x, y] = chosen.length === 2 && chosen.every((each) => names.includes(each)) ? chosen : names;
  return [x, y];
}

const LONGEST = 60;

/** A name as a sentence or a menu has room for it. */
export function nameOf(view: Pick<View, "experiment">, field: string): string {
  const name = wholeNameOf(view, field);
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
}

/** How an axis shows a field: on which scale, from where to where. */
export function specOf(view: View, field: string, columns: Columns): Spec {
  const values = columns.data.get(field) ?? new Float32Array(0);
  const categories = columns.categories.get(field) ?? null;
  const name = nameOf(view, field);
  if (categories) return { name, kind: "category", span: { low: 0, high: categories.length - 1 }, categories };
  const isInput = field.startsWith("hyperparameters.") || field === "number" || TIMES.has(field);
  const kind = kindOf(view, field, values);
  const usable = kind === "log" ? values.filter((each) => each > 0) : values;
  const span = extent(usable, view.clip && !isInput ? 0.01 : 0, kind === "log") ?? { low: kind === "log" ? 0.1 : 0, high: 1 };
  return { name, kind, span, values: kind === "time" || field === "number" ? undefined : values, start: columns.start };
}

function kindOf(view: View, field: string, values: Float32Array): Kind {
  if (TIMES.has(field)) return "time";
  return view.scales[field] ?? (field !== "number" && suggestsLog(values) ? "log" : "linear");
}

export function useSpec(field: string, columns?: Columns): Spec {
  const view = useView();
  const source = columns ?? view.columns;
  // eslint-disable-next-line
  return useMemo(() => specOf(view, field, source), [field, source, view.clip, view.scales, view.experiment.objective?.result]);
}

/** Where somebody can have a logarithm instead of equal steps, or the other way round. */
export function Scales({ of }: { of: [string, Spec][] }) {
  const view = useView();
  const able = of.filter(([field, spec], at) => (spec.kind === "log" || spec.kind === "linear") && field !== "number" && of.findIndex(([each]) => each === field) === at);
  return able.map(([field, spec]) => (
    <label key={field} className="check">
      <input type="checkbox" checked={spec.kind === "log"} onChange={(event) => view.setScale(field, event.target.checked ? "log" : "linear")} /> <bdi>{spec.name}</bdi> as logarithm
    </label>
  ));
}
