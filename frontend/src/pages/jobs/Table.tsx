/** The table of jobs itself. */

import { useLayoutEffect, useRef, type RefObject } from "react";
import type { Experiment, Job } from "../../api";
import { ColumnHeader } from "./Header";
import { Row, type RowProps } from "./Row";
import type { Column, Schema } from "./fields";
import type { Selection } from "./selection";
import type { SetView, View } from "./view";

interface Props extends Pick<RowProps, "onPoint" | "onKeep" | "onAsk"> {
  experiment: Experiment;
  schema: Schema | undefined;
  columns: Column[];
  kept: Job[];
  items: Job[];
  view: View;
  set: SetView;
  selection: Selection;
  current: string | null;
  isBusy: boolean;
}

export function Table({ experiment, schema, columns, kept, items, view, set, selection, current, isBusy, onPoint, onKeep, onAsk }: Props) {
  const table = useRef<HTMLTableElement>(null);
  usePins(table, columns, view);
  const order = columns.map((each) => each.name);
  const row = (job: Job, isKept: boolean) => (
    <Row key={job.id} job={job} columns={columns} pinned={view.pinned} heat={view.heat} isKept={isKept} isSelected={selection.has(job.id)} isCurrent={job.id === current}
      onSelect={selection.pick} onPoint={onPoint} onKeep={onKeep} onAsk={onAsk} />
  );
  const here = items.length > 0 && items.every((job) => selection.has(job.id));
  return (
    <div className="scroll jobs-scroll">
      <table ref={table} className={`jobs${view.compact ? " compact" : ""}`} aria-busy={isBusy}>
        <caption className="sr">Jobs of {experiment.name}</caption>
        <thead>
          <tr>
            <th scope="col" className="tick"><input type="checkbox" aria-label="Select all on this page" checked={here} ref={(box) => { if (box) box.indeterminate = !here && items.some((job) => selection.has(job.id)); }} onChange={(event) => selection.page(event.target.checked)} /></th>
            <ColumnHeader experiment={experiment} column={{ name: "id", title: "Id", field: undefined, canSort: true }} schema={schema} view={view} set={set} order={order} />
            {columns.map((column) => <ColumnHeader key={column.name} experiment={experiment} column={column} schema={schema} view={view} set={set} order={order} />)}
            <th scope="col"><span className="sr">Actions</span></th>
          </tr>
        </thead>
        {kept.length > 0 && <tbody className="kept" aria-label="Kept at the top">{kept.map((job) => row(job, true))}</tbody>}
        <tbody>{items.map((job) => row(job, false))}</tbody>
      </table>
    </div>
  );
}

/** Pinned columns stay where they are: each knows how wide those before it are. */
function usePins(at: RefObject<HTMLTableElement | null>, columns: Column[], view: View) {
  useLayoutEffect(() => {
    const table = at.current;
    if (!table || !view.pinned.length) return;
    const lay = () => {
      const heads = [...table.querySelectorAll<HTMLElement>("thead th")];
      let left = (heads[0]?.offsetWidth ?? 0) + (heads[1]?.offsetWidth ?? 0);
      for (const head of heads.filter((each) => each.dataset["pin"] !== undefined)) {
        const index = heads.indexOf(head);
        for (const row of table.rows) {
          const cell = row.cells[index];
          if (cell) cell.style.left = `${left}px`;
        }
        left += head.offsetWidth;
      }
    };
    const watch = new ResizeObserver(lay); // which also calls it at once, when the layout is known
    watch.observe(table);
    return () => watch.disconnect();
  }, [at, columns, view.pinned]);
}
