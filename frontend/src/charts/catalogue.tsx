/** The charts that there are. */

import type { ComponentType } from "react";
import { chunk } from "../chunk";
import { Skeleton } from "../ui";
import { History } from "./History";

const later = (fetch: () => Promise<ComponentType>) => chunk(fetch, <div className="panel"><Skeleton lines={6} /></div>);

// Each is fetched when it is wanted, but for the one that everybody sees.
const LATER = {
  ecdf: later(() => import("./Ecdf").then((module) => module.Ecdf)),
  failures: later(() => import("./Failures").then((module) => module.Failures)),
  fan: later(() => import("./Fan").then((module) => module.Fan)),
  importance: later(() => import("./Importance").then((module) => module.Importance)),
  parallel: later(() => import("./Parallel").then((module) => module.Parallel)),
  pareto: later(() => import("./Pareto").then((module) => module.Pareto)),
  predictions: later(() => import("./Predictions").then((module) => module.Predictions)),
  rank: later(() => import("./Rank").then((module) => module.Rank)),
  slices: later(() => import("./Slices").then((module) => module.Slices)),
  surface: later(() => import("./Surface").then((module) => module.Surface)),
  timeline: later(() => import("./Timeline").then((module) => module.Timeline)),
};

export interface Chart {
  id: string;
  title: string;
  about: string;
  isWide: boolean;
  height: number;
  show: ComponentType;
  /** Fetch what draws it, which takes a while the first time. */
  ahead: () => void;
}

type Size = Partial<Pick<Chart, "isWide" | "height">>;

function make(id: keyof typeof LATER, title: string, about: string, { isWide = false, height = 360 }: Size = {}): Chart {
  return { id, title, about, isWide, height, show: LATER[id], ahead: LATER[id].ahead };
}

export const CHARTS: Chart[] = [
  { id: "history", title: "History", about: "every job in its order, and the best so far", isWide: true, height: 360, show: History, ahead: () => undefined },
  make("parallel", "Parallel coordinates", "every job across all fields", { isWide: true, height: 440 }),
  make("importance", "Importance", "which hyperparameters matter"),
  make("surface", "Surface", "what a model expects over two hyperparameters"),
  make("slices", "Slices", "the goal over each hyperparameter", { isWide: true }),
  make("fan", "Learning curves", "how results went, epoch by epoch"),
  make("rank", "Rank", "good and bad places over two hyperparameters"),
  make("pareto", "Pareto front", "two goals against each other", { isWide: true }),
  make("ecdf", "Distribution", "how many jobs are how good"),
  make("failures", "Failure rate", "where jobs crash"),
  make("predictions", "Predicted against actual", "whether the model can be believed"),
  make("timeline", "Timeline", "which worker did which job when", { isWide: true }),
];

const FIRST = ["history", "parallel", "importance", "surface", "slices"];

/** What is shown to whoever has not chosen: curves, too, where there are any. */
export const usual = (hasCurves: boolean): string[] => (hasCurves ? [...FIRST, "fan"] : FIRST);

/** The charts that an address names, in the order of the catalogue; unknown names are no charts. */
export function chosenOf(text: string | null, hasCurves: boolean): Chart[] {
  const wanted = text === null ? usual(hasCurves) : text.split(",");
  return CHARTS.filter((chart) => wanted.includes(chart.id));
}
