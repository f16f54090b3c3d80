/** The charts that there are. */

import { lazy, type ComponentType } from "react";
import { History } from "./History";

// Each is fetched when it is wanted, but for the one that everybody sees.
const LATER = {
  ecdf: () => import("./Ecdf").then((module) => ({ default: module.Ecdf })),
  failures: () => import("./Failures").then((module) => ({ default: module.Failures })),
  fan: () => import("./Fan").then((module) => ({ default: module.Fan })),
  importance: () => import("./Importance").then((module) => ({ default: module.Importance })),
  parallel: () => import("./Parallel").then((module) => ({ default: module.Parallel })),
  pareto: () => import("./Pareto").then((module) => ({ default: module.Pareto })),
  predictions: () => import("./Predictions").then((module) => ({ default: module.Predictions })),
  rank: () => import("./Rank").then((module) => ({ default: module.Rank })),
  slices: () => import("./Slices").then((module) => ({ default: module.Slices })),
  surface: () => import("./Surface").then((module) => ({ default: module.Surface })),
  timeline: () => import("./Timeline").then((module) => ({ default: module.Timeline })),
};

export interface Chart {
  id: string;
  title: string;
  about: string;
  isWide: boolean;
  height: number;
  show: ComponentType;
  /** Fetch what draws it, which takes a while the first time. */
  load: () => Promise<unknown>;
}

type Size = Partial<Pick<Chart, "isWide" | "height">>;

function make(id: keyof typeof LATER, title: string, about: string, { isWide = false, height = 360 }: Size = {}): Chart {
  return { id, title, about, isWide, height, show: lazy(LATER[id]), load: LATER[id] };
}

export const CHARTS: Chart[] = [
  { id: "history", title: "History", about: "every job in its order, and the best so far", isWide: true, height: 360, show: History, load: () => Promise.resolve() },
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
