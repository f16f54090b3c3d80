import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { of, seg, type Experiment, type Field } from "../api";
import { Loaded, useColumns } from "../charts/answers";
import { curveFields } from "../charts/curves";
import { Fan } from "../charts/Fan";
import { History } from "../charts/History";
import { Importance } from "../charts/Importance";
import { withLimits, type Limit } from "../charts/limits";
import { Throughput } from "../charts/Throughput";
import { ViewProvider, type View } from "../charts/view";
import { Note } from "../Note";
import { Attention } from "./Attention";
import { usePick } from "./Charts";
import { Top } from "./Top";
import "./overview.css";

const FIELDS = ["number", "quality", "status", "finished"];

/** How the experiment goes, in the pictures that tell most. */
export default function OverviewBoard({ experiment, fields }: { experiment: Experiment; fields: Field[] }) {
  const pick = usePick(experiment);
  const [, go] = useLocation();
  const [scales, setScales] = useState<View["scales"]>({});
  const columns = useColumns(experiment, FIELDS, "");
  const hasGoal = experiment.objective !== null;
  const view = useMemo(() => ({
    experiment, fields, scales, pick, names: [], limits: {}, filter: "", target: "quality", isMax: experiment.objective?.direction !== "min", colour: "", clip: true, isSelecting: false, table: null,
    setScale: (field: string, kind: "log" | "linear") => setScales((old) => ({ ...old, [field]: kind })),
    // What is marked here goes on among all charts.
    mark: (changes: Record<string, Limit | null>) => go(`/e/${seg(experiment.name)}/charts?${new URLSearchParams({ f: withLimits("", changes) })}`),
  }), [experiment, fields, scales]); // eslint-disable-line
  const chart = (title: string, Chart: () => React.ReactNode) => (
    <Loaded title={title} query={columns} height={210}>{(found) => <ViewProvider value={{ ...view, columns: found, all: found }}><Chart /></ViewProvider>}</Loaded>
  );
  return (
    <div className="board">
      <div className="board-main">
        {hasGoal && chart(`${experiment.objective?.result ?? ""} over time`, History)}
        <Top experiment={experiment} sort={hasGoal ? "best" : "-finished"} filter="status:done" title={hasGoal ? "Best jobs" : "Latest jobs"} empty="No job is done yet." rows={6} columns={5} />
        <div className="board-pair">
          {hasGoal && chart("Importance", Importance)}
          {curveFields(fields).length > 0 && chart("Learning curves", Fan)}
        </div>
      </div>
      <div className="board-side">
        <Attention experiment={experiment} />
        <Top experiment={experiment} sort="started" filter="status:running" title="Running now" empty="Nothing runs right now." rows={6} columns={0} />
        {chart("Throughput", Throughput)}
        <Note at={of(experiment.name)} note={experiment.note} queryKey={["experiment", experiment.name, "settings"]} />
      </div>
    </div>
  );
}
