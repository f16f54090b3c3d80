/** The jobs of an experiment: a table that the server sorts, filters and cuts into pages. */

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { get, of, Refused, seg, type Experiment, type Job } from "../api";
import { undo, useLeaving } from "../deferred";
import { number, plural } from "../format";
import { useKeys } from "../keys";
import { oneOf } from "../terms";
import { Code, Icon, Problem, Skeleton } from "../ui";
import { ActionDialog, type Asked } from "./jobs/ActionDialog";
import type { Action } from "./jobs/actions";
import { Beside } from "./jobs/Beside";
import { columnsOf, useSchema } from "./jobs/fields";
import { useAttention, useHeld, type TablePage } from "./jobs/held";
import { pagesOf, Pages } from "./jobs/Pages";
import { QueueDialog } from "./jobs/Queue";
import { compareAddress, MOST_COMPARED, SelectionBar } from "./jobs/SelectionBar";
import { useSelection } from "./jobs/selection";
import { Strangers } from "./jobs/Strangers";
import { Table } from "./jobs/Table";
import { Tools } from "./jobs/Tools";
import { useView, type View } from "./jobs/view";
import "./jobs/jobs.css";

export { lookUp, telling, useSchema } from "./jobs/fields";
export { FilterBox } from "./jobs/Filter";

const pathOf = (name: string, view: View): string =>
  `${of(name)}table/?${new URLSearchParams({ f: view.filter, sort: view.sort.join(","), size: String(view.size), page: String(view.page) })}`;

function useTable(name: string, path: string, isEnabled = true) {
  return useQuery({
    queryKey: ["experiment", name, "table", path],
    queryFn: ({ signal }) => get<TablePage>(path, signal),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}

function useKept(name: string, ids: string[]): Job[] {
  const path = `${of(name)}table/?${new URLSearchParams({ f: oneOf("id", ids), sort: "number", size: "100" })}`;
  const { data } = useTable(name, path, ids.length > 0);
  return ids.length ? ids.flatMap((id) => data?.items.find((job) => job.id === id) ?? []) : [];
}

export function Jobs({ experiment }: { experiment: Experiment }) {
  const name = experiment.name;
  const client = useQueryClient();
  const [, go] = useLocation();
  const [view, set] = useView(experiment);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [queues, setQueues] = useState(false);
  const [current, setCurrent] = useState<string | null>(view.panel);
  const at = useRef<HTMLDivElement>(null);
  const schema = useSchema(name);
  const fields = schema.data?.fields ?? [];
  const path = pathOf(name, view);
  const { data, error, refetch, isFetching, isPlaceholderData } = useTable(name, path);
  // While a filter is half written, the rows before stay.
  const last = useRef(data);
  if (data) last.current = data;
  const found = error instanceof Refused && error.status === 400 ? last.current : data;
  const isOld = isPlaceholderData || !data;
  // Rows are laid out in between what people do: hundreds of cells at once would hold them up.
  const answer = useDeferredValue(useMemo(() => ({ data: found, path, isOld }), [found, path, isOld]));
  const attends = useAttention(at, (answer.data?.total ?? 0) > 0);
  const held = useHeld(answer.data, answer, attends);
  const isLeaving = useLeaving(name);
  const kept = useKept(name, view.kept);
  const keptIds = new Set(kept.map((job) => job.id));
  const items = (held.page?.items ?? []).filter((job) => !isLeaving(job.id, view.filter) && !keptIds.has(job.id));
  const rows = [...kept, ...items];
  const total = held.page?.total ?? 0;
  const selection = useSelection(rows, total, view.filter);
  const columns = columnsOf(experiment, fields, view.columns, view.pinned);
  const pages = pagesOf(total, view.size);

  // The panel follows from row to row; the way back closes it.
  const isOpen = useRef(false);
  isOpen.current = view.panel !== null;
  const point = useCallback((id: string, opens: boolean) => {
    setCurrent(id);
    if (opens) set({ panel: id }, { replace: isOpen.current });
  }, [set]);
  const keptNow = useRef(view.kept);
  keptNow.current = view.kept;
  const keep = useCallback((id: string) => {
    const ids = keptNow.current;
    set({ kept: ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id] });
  }, [set]);
  const ask = useCallback((action: Action, id: string) => setAsked({ action, target: { ids: [id] } }), []);
  const askAll = (action: Action) => setAsked({ action, target: selection.target });
  const step = (by: number) => {
    const order = rows.map((job) => job.id);
    const next = order[Math.min(order.length - 1, Math.max(0, (current === null ? -1 : order.indexOf(current)) + by))];
    if (next === undefined) return;
    setCurrent(next);
    if (view.panel) set({ panel: next }, { replace: true });
    at.current?.querySelector<HTMLElement>(`tr[data-job="${CSS.escape(next)}"] th a`)?.focus();
  };
  const refresh = () => void client.invalidateQueries({ queryKey: ["experiment", name] }, { cancelRefetch: false });
  // A page that is empty because jobs went: the last one that is not.
  useEffect(() => {
    if (!isPlaceholderData && data && data.total > 0 && view.page > pages) set({ page: pages }, { replace: true });
  }, [data, isPlaceholderData, view.page, pages, set]);

  useKeys({
    j: ["Next job", () => step(1)],
    k: ["Job before", () => step(-1)],
    ArrowDown: ["Next job", () => step(1)],
    ArrowUp: ["Job before", () => step(-1)],
    x: ["Select it", () => current && selection.pick(current, !selection.has(current), false)],
    "shift+x": ["Select all up to it", () => current && selection.pick(current, true, true)],
    Enter: ["Open it", () => current && go(`/e/${seg(name)}/jobs/${seg(current)}`)],
    o: ["Look at it beside the table", () => set({ panel: view.panel ? null : current })],
    c: [`Compare what is selected (${MOST_COMPARED} at most)`, () => selection.ids.length > 1 && go(compareAddress(name, selection.ids))],
    e: ["Columns", () => document.querySelector<HTMLElement>("[data-key=columns]")?.closest("button")?.click()],
    f: ["Filter", () => document.querySelector<HTMLElement>("[data-key=filter]")?.focus()],
    n: ["Queue a job", () => setQueues(true)],
    "[": ["Page before", () => view.page > 1 && set({ page: view.page - 1 })],
    "]": ["Next page", () => view.page < pages && set({ page: view.page + 1 })],
    Delete: ["Delete what is selected, or the job (asks)", () => (selection.count ? askAll("delete") : current && ask("delete", current))],
    z: ["Undo", () => { if (undo()) held.show(); }],
    Escape: ["Close the panel, clear the selection", () => (view.panel ? set({ panel: null }) : selection.clear())],
  }, "Jobs");

  return (
    <>
      <Tools experiment={experiment} fields={fields} view={view} set={set} columns={columns} onQueue={() => setQueues(true)} onRefresh={refresh} isFetching={isFetching} />
      <Strangers filter={view.filter} fields={schema.data?.fields} />
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!held.page && !error && <Skeleton lines={14} />}
      {held.page && held.page.of === 0 && <Nothing name={name} onQueue={() => setQueues(true)} />}
      {held.page && held.page.of > 0 && total === 0 && <p className="empty">No job fits the filter. <button className="link" onClick={() => set({ filter: "" })}>Clear the filter</button>, or take one of its conditions away.</p>}
      {held.page && total > 0 && (
        <div className={view.panel ? "with-panel" : undefined}>
          <div className="with-panel-main">
            <div ref={at}>
              <div className="held" role="status">
                {held.moved && <button className="pill" onClick={held.show}><Icon name="up" /> {held.news ? `${plural(held.news, "new result")}` : "New order"}</button>}
              </div>
              <Table experiment={experiment} schema={schema.data} columns={columns} kept={kept.filter((job) => !isLeaving(job.id))} items={items} view={view} set={set} selection={selection} current={current} isBusy={isOld && !error} onPoint={point} onKeep={keep} onAsk={ask} />
            </div>
            {items.length === 0 && held.page.items.length > 0 && <p className="empty">All of these are about to be deleted.</p>}
            <SelectionBar experiment={experiment} selection={selection} total={total} here={items.length} onAsk={askAll} />
            <Pages view={view} set={set} total={total} of={held.page.of} />
          </div>
          <Beside experiment={experiment} id={view.panel} onClose={() => set({ panel: null })} />
        </div>
      )}
      <ActionDialog experiment={experiment} asked={asked} onClose={() => setAsked(null)} onDone={() => { selection.clear(); held.show(); }} />
      <QueueDialog experiment={experiment} fields={fields} open={queues} onClose={() => setQueues(false)} />
    </>
  );
}

function Nothing({ name, onQueue }: { name: string; onQueue: () => void }) {
  return (
    <section className="empty">
      <h2>No jobs yet</h2>
      <p>Workers that ask for a job make them; or put one into the queue by hand.</p>
      <Code>{`schedy run ${/^[\w.-]+$/.test(name) ? name : `'${name.replace(/'/g, `'\\''`)}'`} -- python train.py %h`}</Code>
      <button onClick={onQueue}>Queue a job…</button> <span className="dim">{number(0)} so far</span>
    </section>
  );
}
