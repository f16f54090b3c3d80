/** One job of the table. */

import { memo, type MouseEvent } from "react";
import { Link } from "wouter";
import { seg, type Job } from "../../api";
import { number, value } from "../../format";
import { Menu } from "../../menu";
import { Icon, StatusBadge, Time } from "../../ui";
import { heatOf, lookUp, TIMES, type Column } from "./fields";
import type { Action } from "./actions";
import { duration } from "../../format";

export interface RowProps {
  job: Job;
  columns: Column[];
  pinned: string[];
  heat: string[];
  isSelected: boolean;
  isCurrent: boolean;
  isKept: boolean;
  onSelect: (id: string, isSelected: boolean, isRange: boolean) => void;
  onPoint: (id: string, opens: boolean) => void;
  onKeep: (id: string) => void;
  onAsk: (action: Action, id: string) => void;
}

export const Row = memo(function Row({ job, columns, pinned, heat, isSelected, isCurrent, isKept, onSelect, onPoint, onKeep, onAsk }: RowProps) {
  const click = (event: MouseEvent<HTMLTableRowElement>) => {
    if ((event.target as HTMLElement).closest("a, button, input, label, [popover]") || window.getSelection()?.toString()) return;
    onPoint(job.id, true);
  };
  const isOver = job.status !== "QUEUED" && job.status !== "RUNNING";
  return (
    <tr data-status={job.status} data-job={job.id} className={`${isCurrent ? "current" : ""}${isSelected ? " selected" : ""}`} onClick={click}>
      <td className="tick"><input type="checkbox" aria-label={`Select ${job.id}`} checked={isSelected} onChange={() => {}} onClick={(event) => onSelect(job.id, event.currentTarget.checked, event.shiftKey)} /></td>
      <th scope="row">{isKept && <Icon name="pin" />}<Link href={`/e/${seg(job.experiment)}/jobs/${seg(job.id)}`} onFocus={() => onPoint(job.id, false)}>{job.id}</Link></th>
      {columns.map((column) => <Cell key={column.name} job={job} column={column} isPinned={pinned.includes(column.name)} isHot={heat.includes(column.name)} />)}
      <td className="row-actions">
        <button className="quiet" onClick={() => onAsk("delete", job.id)} aria-label={`Delete ${job.id}`} title="Delete"><Icon name="bin" /></button>
        <Menu className="quiet sign" label={<Icon name="more" />} name={`More for ${job.id}`}>
          <button type="button" data-closes onClick={() => onKeep(job.id)}><Icon name="pin" /> {isKept ? "Unpin" : "Keep at the top"}</button>
          <button type="button" data-closes onClick={() => onPoint(job.id, true)}><Icon name="panel" /> Look beside the table</button>
          {job.status !== "QUEUED" && <button type="button" data-closes onClick={() => onAsk("requeue", job.id)}><Icon name="again" /> Requeue…</button>}
          {!isOver && <button type="button" data-closes onClick={() => onAsk("cancel", job.id)}><Icon name="close" /> Cancel…</button>}
          {isOver && <button type="button" data-closes onClick={() => onAsk("void", job.id)}><Icon name="hidden" /> Void…</button>}
        </Menu>
      </td>
    </tr>
  );
});

function Cell({ job, column, isPinned, isHot }: { job: Job; column: Column; isPinned: boolean; isHot: boolean }) {
  const item = lookUp(job, column.name);
  const heat = isHot ? heatOf(item, column.field) : null;
  const isNumber = typeof item === "number" || column.name === "quality";
  const props = {
    className: [isNumber ? "number" : "", isPinned ? "pinned" : "", heat === null ? "" : "hot"].filter(Boolean).join(" ") || undefined,
    style: heat === null ? undefined : ({ "--heat": heat.toFixed(3) } as React.CSSProperties),
    "data-pin": isPinned ? column.name : undefined,
  };
  return <td {...props}>{content(job, column.name, item)}</td>;
}

function content(job: Job, name: string, item: unknown) {
  if (name === "status") return <><StatusBadge status={job.status} />{job.status !== "DONE" && job.reason && <small className="why" title={job.reason}><bdi>{job.reason}</bdi></small>}</>;
  if (name === "tags") return job.tags?.length ? job.tags.map((tag) => <span key={tag} className="tag"><bdi>{tag}</bdi></span>) : "–";
  if (name === "quality") return number(job.quality, 5);
  if (TIMES.includes(name)) return typeof item === "string" ? <Time at={item} /> : "–";
  if (name === "seconds" && typeof item === "number") return duration(item);
  return <bdi title={typeof item === "string" ? item : undefined}>{value(item)}</bdi>;
}
