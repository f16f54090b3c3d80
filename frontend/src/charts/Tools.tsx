import type { Experiment, Field } from "../api";
import { number } from "../format";
import { Menu } from "../menu";
import { FilterBox } from "../pages/jobs/Filter";
import { Views } from "../pages/Views";
import { join } from "../query";
import { CHARTS } from "./catalogue";
import { nameOf } from "./view";

export interface Choices {
  filter: string;
  target: string;
  targets: string[];
  isMax: boolean;
  colour: string;
  colours: string[];
  names: string[];
  inputs: string[];
  results: string[];
  clip: boolean;
  isSelecting: boolean;
  charts: string[];
}

interface Props {
  choices: Choices;
  experiment: Experiment;
  fields: Field[];
  set: (changes: Record<string, string | null>) => void;
}

/** What one chooses for all charts at once; all of it is in the address. */
export function ChartTools({ choices, experiment, fields, set }: Props) {
  const { target, targets, colour, colours } = choices;
  const view = { experiment };
  return (
    <div className="bar-of-tools chart-tools" role="group" aria-label="What the charts show">
      <FilterBox value={choices.filter} fields={fields} onChange={(text) => set({ f: text })} />
      <ChartPicker charts={choices.charts} set={set} />
      <FieldPicker choices={choices} experiment={experiment} set={set} />
      {targets.length > 1 && (
        <label className="inline">Goal
          <select value={target} onChange={(event) => set({ y: event.target.value === targets[0] ? null : event.target.value })}>
            {targets.map((each) => <option key={each} value={each}>{nameOf(view, each)}</option>)}
          </select>
        </label>
      )}
      {target !== "quality" && (
        <label className="inline">best is
          <select value={choices.isMax ? "max" : "min"} onChange={(event) => set({ best: event.target.value === "max" ? "max" : null })}><option value="min">low</option><option value="max">high</option></select>
        </label>
      )}
      <label className="inline">Colour
        <select value={colour} onChange={(event) => set({ color: event.target.value })}>
          <option value="">density</option>
          {colours.map((each) => <option key={each} value={each}>{nameOf(view, each)}</option>)}
        </select>
      </label>
      <span className="segments" role="group" aria-label="Dragging on a chart">
        <button aria-pressed={!choices.isSelecting} onClick={() => set({ drag: null })} title="Drag to look closer; double-click shows all again">Zoom</button>
        <button aria-pressed={choices.isSelecting} onClick={() => set({ drag: "filter" })} title="Drag to keep only these jobs; so does dragging with shift">Filter</button>
      </span>
      <label className="inline"><input type="checkbox" checked={choices.clip} onChange={(event) => set({ clip: event.target.checked ? null : "0" })} /> without outliers</label>
      <Views experiment={experiment.name} />
    </div>
  );
}

function ChartPicker({ charts, set }: { charts: string[]; set: Props["set"] }) {
  const toggle = (id: string, isOn: boolean) => set({ c: CHARTS.map((each) => each.id).filter((each) => (each === id ? isOn : charts.includes(each))).join(",") || "none" });
  return (
    <Menu label={<>Charts <small>{number(charts.length)} of {number(CHARTS.length)}</small></>} name="Charts">
      <div className="picks">
        <span className="ways"><button className="quiet" onClick={() => set({ c: CHARTS.map((each) => each.id).join(",") })}>Show all</button><button className="quiet" onClick={() => set({ c: null })}>As at first</button></span>
        {CHARTS.map((chart) => (
          <label key={chart.id}><input type="checkbox" checked={charts.includes(chart.id)} onChange={(event) => toggle(chart.id, event.target.checked)} /> <span>{chart.title}<small>{chart.about}</small></span></label>
        ))}
      </div>
    </Menu>
  );
}

function FieldPicker({ choices, experiment, set }: Omit<Props, "fields">) {
  const { names, inputs, results } = choices;
  const offered = [...inputs, ...results.filter((each) => each !== choices.target && each !== `results.${experiment.objective?.result ?? ""}`)];
  if (offered.length < 2) return null;
  const toggle = (field: string, isOn: boolean) => set({ "axes-of": join(offered.filter((each) => (each === field ? isOn : names.includes(each)))) || null });
  return (
    <Menu label={<>Fields <small>{number(names.length)} of {number(offered.length)}</small></>} name="Fields">
      <div className="picks">
        {offered.map((field) => (
          <label key={field}><input type="checkbox" checked={names.includes(field)} onChange={(event) => toggle(field, event.target.checked)} /> <bdi>{nameOf({ experiment }, field)}{field.startsWith("results.") && <small>result</small>}</bdi></label>
        ))}
      </div>
    </Menu>
  );
}
