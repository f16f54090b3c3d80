/** The charts that there are. */

import { lazy, type ComponentType } from "react";
import { History } from "./History";

// Each is fetched when it is first shown, but for the one that everybody sees.
const Ecdf = lazy(() => import("./Ecdf").then((module) => ({ default: module.Ecdf })));
const Failures = lazy(() => import("./Failures").then((module) => ({ default: module.Failures })));
const Fan = lazy(() => import("./Fan").then((module) => ({ default: module.Fan })));
const Importance = lazy(() => import("./Importance").then((module) => ({ default: module.Importance })));
const Parallel = lazy(() => import("./Parallel").then((module) => ({ default: module.Parallel })));
const Pareto = lazy(() => import("./Pareto").then((module) => ({ default: module.Pareto })));
const Predictions = lazy(() => import("./Predictions").then((module) => ({ default: module.Predictions })));
const Rank = lazy(() => import("./Rank").then((module) => ({ default: module.Rank })));
const Slices = lazy(() => import("./Slices").then((module) => ({ default: module.Slices })));
const Surface = lazy(() => import("./Surface").then((module) => ({ default: module.Surface })));
const Timeline = lazy(() => import("./Timeline").then((module) => ({ default: module.Timeline })));

export interface Chart {
  id: string;
  title: string;
  about: string;
  isWide: boolean;
  height: number;
  show: ComponentType;
}

const make = (id: string, title: string, about: string, show: ComponentType, isWide = false, height = 360): Chart => ({ id, title, about, isWide, height, show });

export const CHARTS: Chart[] = [
  make("history", "History", "every job in its order, and the best so far", History, true),
  make("parallel", "Parallel coordinates", "every job across all fields", Parallel, true, 440),
  make("importance", "Importance", "which hyperparameters matter", Importance),
  make("surface", "Surface", "what a model expects over two hyperparameters", Surface),
  make("slices", "Slices", "the goal over each hyperparameter", Slices, true),
  make("fan", "Learning curves", "how results went, epoch by epoch", Fan),
  make("rank", "Rank", "good and bad places over two hyperparameters", Rank),
  make("pareto", "Pareto front", "two goals against each other", Pareto, true),
  make("ecdf", "Distribution", "how many jobs are how good", Ecdf),
  make("failures", "Failure rate", "where jobs crash", Failures),
  make("predictions", "Predicted against actual", "whether the model can be believed", Predictions),
  make("timeline", "Timeline", "which worker did which job when", Timeline, true),
];

const FIRST = ["history", "parallel", "importance", "surface", "slices"];

/** What is shown to whoever has not chosen: curves, too, where there are any. */
export const usual = (hasCurves: boolean): string[] => (hasCurves ? [...FIRST, "fan"] : FIRST);

/** The charts that an address names, in the order of the catalogue; unknown names are no charts. */
export function chosenOf(text: string | null, hasCurves: boolean): Chart[] {
  const wanted = text === null ? usual(hasCurves) : text.split(",");
  return CHARTS.filter((chart) => wanted.includes(chart.id));
}
