import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { get, of, seg, send, STATUSES, type Experiment, type Field, type Job } from "../api";
import { ago, number, plural, short, value } from "../format";
import { Dialog, Icon, Problem, Skeleton, StatusBadge } from "../ui";

interface Page {
  revision: number;
  total: number;
  of: number;
  items: Job[];
}

const UNDO = 10; // seconds
const SIZES = [25, 50, 100, 500];

export function useSchema(name: string) {
  return useQuery({
    queryKey: ["experiment", name, "schema"],
    queryFn: ({ signal }) => get<{ jobs: number; fields: Field[] }>(`${of(name)}schema/`, signal),
    staleTime: 15_000,
  });
}

/** The columns that say something: hyperparameters that vary, and results. */
export function telling(fields: Field[]): string[] {
  const users = fields.filter((field) => field.name.includes("."));
  const varied = users.filter((field) => field.low !== field.high || field.categories.length > 1);
  return (varied.length ? varied : users).slice(0, 8).map((field) => field.name);
}

export function Jobs({ experiment }: { experiment: Experiment }) {
  const name = experiment.name;
  const client = useQueryClient();
  const [query, setQuery] = useSearchParams();
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [leaving, setLeaving] = useState<{ ids: string[]; timer: number } | null>(null);
  const [asked, setAsked] = useState<string[] | null>(null);
  const schema = useSchema(name);
  const sort = query.get("sort") ?? (experiment.objective ? "best" : "-number");
  const size = Number(query.get("size") ?? 50);
  const page = Number(query.get("page") ?? 1);
  const filter = query.get("f") ?? "";
  const shown = query.get("cols")?.split(",") ?? telling(schema.data?.fields ?? []);
  const path = `${of(name)}table/?${new URLSearchParams({ f: filter, sort, size: String(size), page: String(page) })}`;
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["experiment", name, "table", path],
    queryFn: ({ signal }) => get<Page>(path, signal),
    placeholderData: keepPreviousData,
  });
  const set = (changes: Record<string, string | null>) =>
    setQuery((old) => {
      for (const [key, text] of Object.entries(changes)) text ? old.set(key, text) : old.delete(key);
      return old;
    }, { replace: true });
  const refresh = () => client.invalidateQueries({ queryKey: ["experiment", name] });
  const act = useMutation({
    mutationFn: async ({ ids, action }: { ids: string[]; action: "requeue" | "cancel" | "delete" }) => {
      for (const id of ids) {
        const at = `${of(name)}jobs/${seg(id)}/`;
        await (action === "delete" ? send("DELETE", at) : send("POST", `${at}${action}/`, {}));
      }
    },
    onSettled: () => { setSelected(new Set()); void refresh(); },
  });
  const remove = (ids: string[]) => {
    setAsked(null);
    const timer = window.setTimeout(() => { setLeaving(null); act.mutate({ ids, action: "delete" }); }, UNDO * 1000);
    setLeaving({ ids, timer });
  };
  useEffect(() => () => window.clearTimeout(leaving?.timer), [leaving]);
  const items = (data?.items ?? []).filter((job) => !leaving?.ids.includes(job.id));
  const pages = Math.max(1, Math.ceil((data?.total ?? 0) / size));
  const columns: [string, string][] = [["id", "Id"], ["status", "Status"], ["quality", experiment.objective?.result ?? "Quality"], ["modified", "Modified"], ...shown.filter((each) => each !== `results.${experiment.objective?.result ?? ""}`).map((each): [string, string] => [each, short(each)])];
  return (
    <>
      <div className="bar-of-tools">
        <FilterBox value={filter} onChange={(text) => set({ f: text, page: null })} />
        <StatusFilter value={filter} onChange={(text) => set({ f: text, page: null })} />
        <ColumnPicker fields={schema.data?.fields ?? []} shown={shown} onChange={(cols) => set({ cols: cols.join(",") })} />
        <span className="grow" />
        <button className="quiet" onClick={() => void refetch()} disabled={isFetching}>Refresh</button>
      </div>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {act.error && <Problem error={act.error} />}
      {leaving && (
        <p className="toast" role="status">{plural(leaving.ids.length, "job")} will be deleted in a moment.
          <button onClick={() => { window.clearTimeout(leaving.timer); setLeaving(null); }}>Undo</button>
        </p>
      )}
      {!data && !error && <Skeleton lines={10} />}
      {data && data.of === 0 && <p className="empty">No jobs yet. Workers that call <code>experiment.next_job()</code> make them, or <code>schedy push {name}</code> adds one.</p>}
      {data && data.of > 0 && data.total === 0 && <p className="empty">No job fits the filter. <button className="link" onClick={() => set({ f: null })}>Clear it</button></p>}
      {data && data.total > 0 && (
        <>
          <div className="scroll">
            <table className="jobs" aria-busy={isFetching}>
              <caption className="sr">Jobs of {name}</caption>
              <thead>
                <tr>
                  <th scope="col"><input type="checkbox" aria-label="Select all on this page" checked={items.length > 0 && items.every((job) => selected.has(job.id))} onChange={(event) => setSelected(event.target.checked ? new Set(items.map((job) => job.id)) : new Set())} /></th>
                  {columns.map(([key, title]) => <SortHeader key={key} name={key} title={title} sort={sort} onSort={(next) => set({ sort: next, page: null })} />)}
                  <th scope="col"><span className="sr">Actions</span></th>
                </tr>
              </thead>
              <tbody>
                {items.map((job) => (
                  <tr key={job.id} data-status={job.status}>
                    <td><input type="checkbox" aria-label={`Select ${job.id}`} checked={selected.has(job.id)} onChange={(event) => setSelected((old) => { const now = new Set(old); event.target.checked ? now.add(job.id) : now.delete(job.id); return now; })} /></td>
                    <th scope="row"><Link href={`/e/${seg(name)}/jobs/${seg(job.id)}`}>{job.id}</Link></th>
                    <td><StatusBadge status={job.status} /></td>
                    <td className="number">{number(job.quality, 5)}</td>
                    <td><time dateTime={job.modified} title={job.modified}>{ago(job.modified)}</time></td>
                    {columns.slice(4).map(([key]) => <Cell key={key} item={lookUp(job, key)} />)}
                    <td><button className="quiet" onClick={() => setAsked([job.id])} aria-label={`Delete ${job.id}`}>Delete</button></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="bar-of-tools">
            {selected.size > 0 && (
              <span className="selection">{number(selected.size)} selected
                <button onClick={() => act.mutate({ ids: [...selected], action: "requeue" })}>Requeue</button>
                <button onClick={() => act.mutate({ ids: [...selected], action: "cancel" })}>Cancel</button>
                <button className="danger" onClick={() => setAsked([...selected])}>Delete…</button>
              </span>
            )}
            <span className="grow" />
            <span>{number((page - 1) * size + 1)}–{number(Math.min(page * size, data.total))} of {number(data.total)}{data.total < data.of && ` (${number(data.of)} in all)`}</span>
            <button disabled={page <= 1} onClick={() => set({ page: String(page - 1) })}>Previous</button>
            <span>page {number(page)} of {number(pages)}</span>
            <button disabled={page >= pages} onClick={() => set({ page: String(page + 1) })}>Next</button>
            <label className="inline">Rows<select value={size} onChange={(event) => set({ size: event.target.value, page: null })}>{SIZES.map((each) => <option key={each}>{each}</option>)}</select></label>
          </div>
        </>
      )}
      <Dialog title={`Delete ${plural(asked?.length ?? 0, "job")}?`} open={asked !== null} onClose={() => setAsked(null)}>
        <p>Hyperparameters, results and history of {asked?.length === 1 ? <b>{asked[0]}</b> : "these jobs"} are lost for good{"PBT" in experiment.scheduler ? "; the population goes on as if they had never been" : ""}. To have a result not count, void the job instead.</p>
        <div className="bar-of-tools"><span className="grow" /><button onClick={() => setAsked(null)}>Keep</button><button className="danger" onClick={() => remove(asked ?? [])}>Delete</button></div>
      </Dialog>
    </>
  );
}

export function lookUp(job: Job, field: string): unknown {
  const [room, ...rest] = field.split(".");
  const inner = rest.join(".");
  if (room === "hyperparameters") return job.hyperparameters[inner];
  if (room === "results") return job.results[inner];
  return (job as unknown as Record<string, unknown>)[field];
}

const Cell = ({ item }: { item: unknown }) => <td className={typeof item === "number" ? "number" : ""}><bdi>{value(item)}</bdi></td>;

function SortHeader({ name, title, sort, onSort }: { name: string; title: string; sort: string; onSort: (sort: string) => void }) {
  const isBest = name === "quality" && sort === "best";
  const is = sort === name ? "ascending" : sort === `-${name}` ? "descending" : isBest ? "other" : undefined;
  const first = name === "quality" ? "best" : name === "modified" ? `-${name}` : name;
  const next = sort === first ? (first.startsWith("-") ? name : name === "quality" ? "-quality" : `-${name}`) : sort === "-quality" && name === "quality" ? "quality" : first;
  return (
    <th scope="col" aria-sort={is}>
      <button className="sorter" onClick={() => onSort(next)}><bdi>{title}</bdi>{is && <Icon name={is === "descending" ? "down" : "up"} />}</button>
    </th>
  );
}

export function FilterBox({ value: text, onChange }: { value: string; onChange: (text: string) => void }) {
  const [draft, setDraft] = useState(text);
  useEffect(() => setDraft(text), [text]);
  useEffect(() => {
    if (draft === text) return;
    const timer = setTimeout(() => onChange(draft), 400);
    return () => clearTimeout(timer);
  }, [draft, text, onChange]);
  return <input type="search" className="filter" aria-label="Filter" placeholder="Filter: an id, or lr<1e-3 optimizer=adam" value={draft} onChange={(event) => setDraft(event.target.value)} />;
}

function StatusFilter({ value: text, onChange }: { value: string; onChange: (text: string) => void }) {
  const current = /(?:^|\s)status:(\S+)/.exec(text)?.[1] ?? "";
  const rest = text.replace(/(?:^|\s)status:\S+/, "").trim();
  return (
    <label className="inline">Status
      <select value={current.toUpperCase()} onChange={(event) => onChange(`${event.target.value ? `status:${event.target.value.toLowerCase()} ` : ""}${rest}`.trim())}>
        <option value="">all</option>
        {STATUSES.map((status) => <option key={status} value={status}>{status.toLowerCase()}</option>)}
      </select>
    </label>
  );
}

function ColumnPicker({ fields, shown, onChange }: { fields: Field[]; shown: string[]; onChange: (columns: string[]) => void }) {
  const offered = fields.filter((field) => field.name.includes(".") || ["worker", "seconds", "started", "finished", "created", "number"].includes(field.name));
  return (
    <details className="menu">
      <summary>Columns</summary>
      <div className="sheet">
        {offered.map((field) => (
          <label key={field.name}>
            <input type="checkbox" checked={shown.includes(field.name)} onChange={(event) => onChange(event.target.checked ? [...shown, field.name] : shown.filter((each) => each !== field.name))} /> {field.name}
          </label>
        ))}
      </div>
    </details>
  );
}
