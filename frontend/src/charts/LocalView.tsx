import { useState, type ReactNode } from "react";
import type { Columns, Experiment } from "../api";
import { pickRows, within, type Limits } from "./limits";
import { ViewProvider, type View } from "./view";

interface Props {
  experiment: Experiment;
  columns: Columns;
  names: string[];
  pick?: (number: number) => void;
  hasSeries?: boolean;
  children: ReactNode;
}

/** A view whose marks and scales stay on the page, instead of in its address. */
export function LocalView({ experiment, columns, names, pick = () => undefined, hasSeries, children }: Props) {
  const [limits, setLimits] = useState<Limits>({});
  const [scales, setScales] = useState<View["scales"]>({});
  const view: View = {
    experiment, names, limits, scales, all: columns, columns: pickRows(columns, within(columns, limits)), fields: [], filter: "", target: "quality", isMax: experiment.objective?.direction !== "min",
    colour: "", clip: true, isSelecting: false, table: null, pick, hasSeries,
    setScale: (field, kind) => setScales((old) => ({ ...old, [field]: kind })),
    mark: (changes) => setLimits((old) => Object.fromEntries(Object.entries({ ...old, ...changes }).filter((each): each is [string, Limits[string]] => each[1] !== null))),
  };
  return <ViewProvider value={view}>{children}</ViewProvider>;
}
