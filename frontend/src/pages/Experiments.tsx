/** All experiments: what runs, how good it is, and how long it still takes. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams, type Step } from "../query";
import { get, of, seg, send, type Experiment } from "../api";
import { report } from "../deferred";
import { number } from "../format";
import { Dialog, Icon, Problem, Skeleton } from "../ui";
import { Actions } from "./experiments/Actions";
import { chosen, type Listed } from "./experiments/order";
import { Rows } from "./experiments/Rows";
import { FirstRun } from "./FirstRun";
import { NewExperiment } from "./NewExperiment";
import { Views } from "./Views";
import "../words/words.css";

export const kindOf = (experiment: Experiment): string => {
  const kind = Object.keys(experiment.scheduler)[0] ?? "?";
  return { Manual: "Manual queue", RandomSearch: "Random search", PBT: "Population-based" }[kind] ?? kind;
};

async function all(withSummary: boolean, signal: AbortSignal): Promise<Experiment[]> {
  const found: Experiment[] = [];
  let start = "";
  do {
    const page = await get<{ items: Experiment[]; next: string | null }>(`experiments/?limit=1000${withSummary ? "&summary=true" : ""}${start && `&start=${seg(start)}`}`, signal);
    found.push(...page.items);
    start = page.next ?? "";
  } while (start);
  return found;
}

const AT_ONCE = 100;

export function Experiments() {
  const [query, setQuery] = useSearchParams();
  const [isNew, setNew] = useState(false);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [most, setMost] = useState(AT_ONCE);
  const { data, error, refetch } = useQuery({ queryKey: ["experiments"], queryFn: ({ signal }) => all(false, signal) });
  // What takes a look at every job comes when it comes, and not all the time.
  const summaries = useQuery({ queryKey: ["experiments", "summaries"], queryFn: ({ signal }) => all(true, signal), meta: { every: 10 }, enabled: data !== undefined });
  const set = (name: string, value: string, step?: Step) =>
    setQuery((old) => { if (value) old.set(name, value); else old.delete(name); return old; }, step);
  const known = new Map(summaries.data?.map((each) => [each.name, each.summary]));
  const everything: Listed[] = (data ?? []).map((each) => ({ ...each, summary: known.get(each.name) }));
  const tags = [...new Set(everything.flatMap((each) => each.tags))].sort();
  const found = chosen(everything, query);
  const shown = found.slice(0, most);
  const selected = found.filter((each) => picked.has(each.name));
  const pick = (names: string[], isOn: boolean) => {
    const next = new Set(picked);
    for (const name of names) if (isOn) next.add(name); else next.delete(name);
    setPicked(next);
  };
  return (
    <>
      <div className="heading">
        <h1>Experiments {data && <small>{number(data.length)}</small>}</h1>
        <span className="grow" />
        <button className="primary" onClick={() => setNew(true)}>New experiment…</button>
      </div>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={6} />}
      {data?.length === 0 && <FirstRun />}
      {data && data.length > 0 && (
        <div className="bar-of-tools experiments-tools">
          <input type="search" placeholder="Search by name or tag" aria-label="Search by name" value={query.get("q") ?? ""} onChange={(event) => set("q", event.target.value, { isTyping: true })} />
          <label className="inline">Status
            <select value={query.get("status") ?? ""} onChange={(event) => set("status", event.target.value)}>
              <option value="">all</option><option value="running">running</option><option value="waiting">waiting for workers</option><option value="paused">paused</option><option value="done">done</option>
            </select>
          </label>
          {tags.length > 0 && (
            <label className="inline">Tag
              <select value={query.get("tag") ?? ""} onChange={(event) => set("tag", event.target.value)}>
                <option value="">all</option>{tags.map((tag) => <option key={tag} value={tag}>{tag}</option>)}
              </select>
            </label>
          )}
          <span className="grow" />
          <Views experiment={null} />
        </div>
      )}
      {data && data.length > 0 && found.length === 0 && <p className="empty">No experiment fits. <button className="link" onClick={() => { setQuery({}); }}>Clear the filter</button></p>}
      {shown.length > 0 && <Rows experiments={shown} sort={query.get("sort") ?? "-modified"} onSort={(sort) => set("sort", sort === "-modified" ? "" : sort)} picked={picked} onPick={pick} isSummed={summaries.data !== undefined} onTag={(tag) => set("tag", tag)} />}
      {found.length > shown.length && <p className="bar-of-tools"><button onClick={() => setMost(most + AT_ONCE)}>Show {number(Math.min(AT_ONCE, found.length - shown.length))} more of {number(found.length)}</button></p>}
      {selected.length > 0 && <Actions experiments={selected} tags={tags} onDone={() => setPicked(new Set())} />}
      <Dialog title="New experiment" open={isNew} onClose={() => setNew(false)}><NewExperiment onDone={() => setNew(false)} /></Dialog>
    </>
  );
}

export function PauseButton({ experiment }: { experiment: Experiment }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (status: string) => send("PATCH", of(experiment.name), { status }),
    onError: report,
    onSettled: () => client.invalidateQueries(),
  });
  const runs = experiment.status === "RUNNING";
  return (
    <button className="quiet" disabled={change.isPending} onClick={() => change.mutate(runs ? "DONE" : "RUNNING")}>
      <Icon name={runs ? "pause" : "play"} /> {runs ? "Pause" : "Resume"}<span className="sr"> {experiment.name}</span>
    </button>
  );
}
