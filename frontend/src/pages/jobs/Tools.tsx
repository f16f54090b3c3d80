/** Above the table: what it shows, and how. */

import { url, type Experiment, type Field } from "../../api";
import { exportPath, viewCommands } from "../../copyas";
import { CopyAs } from "../../CopyMenu";
import { Menu } from "../../menu";
import { Icon } from "../../ui";
import { Views } from "../Views";
import { ColumnPicker } from "./Columns";
import type { Column } from "./fields";
import { FilterBox, StatusFilter } from "./Filter";
import type { SetView, View } from "./view";

interface Props {
  experiment: Experiment;
  fields: Field[];
  view: View;
  set: SetView;
  columns: Column[];
  onQueue: () => void;
  onRefresh: () => void;
  isFetching: boolean;
}

export function Tools({ experiment, fields, view, set, columns, onQueue, onRefresh, isFetching }: Props) {
  const filter = (text: string, isTyping = false) => set({ filter: text }, { isTyping });
  const names = ["id", ...columns.map((column) => column.name)];
  const numbers = columns.filter((column) => column.field?.kind === "number").map((column) => column.name);
  const isHot = view.heat.length > 0;
  return (
    <div className="bar-of-tools table-tools">
      <FilterBox value={view.filter} onChange={filter} fields={fields} />
      <StatusFilter value={view.filter} onChange={filter} />
      <ColumnPicker experiment={experiment} fields={fields} view={view} set={set} />
      <Menu label="View" name="View">
        <label className="check"><input type="checkbox" checked={view.compact} onChange={(event) => set({ compact: event.target.checked })} /> Rows close together</label>
        <label className="check"><input type="checkbox" checked={isHot} onChange={(event) => set({ heat: event.target.checked ? numbers : [] })} /> Heat map of all numbers</label>
        {(view.pinned.length > 0 || view.kept.length > 0) && <button type="button" data-closes onClick={() => set({ pinned: [], kept: [] })}>Unpin everything</button>}
        <button type="button" data-closes onClick={() => set({ filter: "", sort: [experiment.objective ? "best" : "-number"], columns: null, pinned: [], kept: [], heat: [], panel: null })}>As at first</button>
      </Menu>
      <Views experiment={experiment.name} />
      <span className="grow" />
      <CopyAs {...viewCommands(experiment.name, { filter: view.filter, sort: view.sort, columns: names, size: view.size })} />
      <Menu className="quiet" label={<><Icon name="save" /> Download</>} name="Download">
        <a className="item button" data-closes href={url(exportPath(experiment.name, "csv", view.filter, names))}>CSV of these jobs and columns</a>
        <a className="item button" data-closes href={url(exportPath(experiment.name, "csv", view.filter, null))}>CSV of these jobs, everything</a>
        <a className="item button" data-closes href={url(exportPath(experiment.name, "jsonl", view.filter, null))}>JSON lines of these jobs, everything</a>
      </Menu>
      <button className="quiet" onClick={onRefresh} disabled={isFetching}><Icon name="again" /> Refresh</button>
      <button onClick={onQueue}>Queue a job…</button>
    </div>
  );
}
