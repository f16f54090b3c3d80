import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get, of, seg, type Experiment, type Job } from "../api";
import { ago, number, plural } from "../format";
import { Icon, Panel, Problem, Skeleton } from "../ui";
import { groupReasons } from "./attention";

interface Worker {
  worker: string;
  running: number;
  seen: string | null;
  quarantined: boolean;
}

const LOOKED_AT = 200;
const MOST = 4;
const SILENT = 120; // seconds

/** What somebody should look at: jobs that crashed, workers that went silent. */
export function Attention({ experiment }: { experiment: Experiment }) {
  const { name, counts } = experiment;
  const crashed = useTable(name, "status:crashed", "-finished", counts.CRASHED > 0);
  const running = useTable(name, "status:running", "started", counts.RUNNING > 0);
  const workers = useQuery({ queryKey: ["workers"], queryFn: ({ signal }) => get<{ items: Worker[] }>("workers/", signal), refetchInterval: 15_000, enabled: counts.RUNNING > 0 });
  const trouble = crashed.error ?? running.error ?? workers.error;
  const at = new Set(running.data?.items.map((job) => job.worker));
  const silent = (workers.data?.items ?? []).filter((each) => at.has(each.worker) && each.seen && Date.now() - Date.parse(each.seen) > SILENT * 1000);
  const groups = groupReasons(crashed.data?.items ?? []);
  const jobs = `/e/${seg(name)}/jobs`;
  const share = counts.CRASHED / Math.max(1, counts.CRASHED + counts.DONE + counts.PRUNED);
  const isWell = !counts.CRASHED && silent.length === 0 && !trouble;
  return (
    <Panel title="Needs attention" className="attention">
      {trouble && <Problem error={trouble} retry={() => { void crashed.refetch(); void running.refetch(); void workers.refetch(); }} />}
      {isWell && <p className="well"><Icon name="done" /> Nothing: no job crashed{counts.RUNNING > 0 ? ", and all workers are heard from" : ""}.</p>}
      {silent.map((each) => (
        <p key={each.worker}><Icon name="crashed" /> <bdi>{each.worker}</bdi> went silent {ago(each.seen!)} with {plural(each.running, "job")} under way. <Link href="/workers">Workers</Link></p>
      ))}
      {counts.CRASHED > 0 && (
        <>
          <p><b>{plural(counts.CRASHED, "job")} crashed</b>, {number(share * 100, 2)} % of those that ended. <Link href={`${jobs}?${new URLSearchParams({ f: "status:crashed", sort: "-finished" })}`}>See them</Link> · <Link href={`/e/${seg(name)}/charts?c=failures,timeline`}>Where they crash</Link></p>
          {!crashed.data && !crashed.error && <Skeleton lines={2} />}
          <ul className="reasons">{groups.slice(0, MOST).map((group) => (
            <li key={group.reason}><span className="number">{number(group.count)} ×</span> <span><bdi>{group.reason}</bdi> <Link href={`${jobs}/${seg(group.last.id)}`} aria-label={`The last job that crashed: ${group.reason}`}>last one</Link></span></li>
          ))}</ul>
          {(groups.length > MOST || counts.CRASHED > LOOKED_AT) && <p className="dim">{groups.length > MOST && `${plural(groups.length - MOST, "more kind")}. `}{counts.CRASHED > LOOKED_AT && `Reasons of the latest ${number(LOOKED_AT)}.`}</p>}
        </>
      )}
    </Panel>
  );
}

function useTable(name: string, filter: string, sort: string, enabled: boolean) {
  const path = `${of(name)}table/?${new URLSearchParams({ f: filter, sort, size: String(LOOKED_AT) })}`;
  return useQuery({ queryKey: ["experiment", name, "table", path], queryFn: ({ signal }) => get<{ items: Job[]; total: number }>(path, signal), enabled });
}
