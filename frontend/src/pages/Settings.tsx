import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { of, send, type Experiment } from "../api";
import { number, plural, value } from "../format";
import { write } from "../json";
import { Note } from "../Note";
import { draw, histogram, said, spaceOf, type Space } from "../space";
import { Tags } from "../Tags";
import { Code, Copy, Dialog, Name, Panel, Problem, StatusBadge, Time } from "../ui";
import { kindOf } from "./Experiments";
import { Limits } from "./settings/Limits";
import { stateOf } from "./experiments/order";

const STATES = {
  running: "Workers are at work on it.",
  waiting: "Jobs are handed out to whoever asks; nobody works on one now.",
  paused: "No jobs are handed out; those that run go on.",
  done: "Nothing is left to do.",
};

export function Settings({ experiment }: { experiment: Experiment }) {
  const client = useQueryClient();
  const at = of(experiment.name);
  const queryKey = ["experiment", experiment.name];
  const change = useMutation({ mutationFn: (body: unknown) => send("PATCH", at, body), onSettled: () => client.invalidateQueries() });
  const goal = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const result = String(form.get("result") ?? "").trim();
    change.mutate({ objective: result ? { result, direction: form.get("direction") } : null });
  };
  const others = client.getQueryData<Experiment[]>(["experiments"])?.flatMap((each) => each.tags) ?? [];
  return (
    <div className="settings">
      {change.error && <Problem error={change.error} />}
      {change.isSuccess && <p className="toast" role="status">Saved.</p>}
      <Panel title="About">
        <dl className="values">
          <div><dt>Name</dt><dd><bdi>{experiment.name}</bdi> <Copy text={experiment.name} /></dd></div>
          <div><dt>State</dt><dd>{stateOf(experiment)}: {STATES[stateOf(experiment)]}</dd></div>
          <div><dt>Created</dt><dd><Time at={experiment.created} /></dd></div>
        </dl>
        <Tags at={at} tags={experiment.tags} known={[...new Set(others)].sort()} queryKey={[]} href={(tag) => `/?tag=${encodeURIComponent(tag)}`} />
      </Panel>
      <Note at={at} note={experiment.note} queryKey={queryKey} />
      <SearchSpace experiment={experiment} />
      {!("PBT" in experiment.scheduler) && (
        <Panel title="Goal">
          <form className="form row" onSubmit={goal}>
            <label>Result to optimise<input name="result" defaultValue={experiment.objective?.result ?? ""} /></label>
            <label>Best is<select name="direction" defaultValue={experiment.objective?.direction ?? "max"}><option value="max">the largest</option><option value="min">the smallest</option></select></label>
            <button>Save</button>
          </form>
        </Panel>
      )}
      {experiment.limits && <Limits limits={experiment.limits} save={(limits) => change.mutate({ limits })} />}
      <DangerZone experiment={experiment} />
    </div>
  );
}

const DRAWN = 5;

function SearchSpace({ experiment }: { experiment: Experiment }) {
  const space = spaceOf(experiment);
  const names = Object.keys(space);
  const [samples, setSamples] = useState<Record<string, unknown>[]>([]);
  const take = () => setSamples(Array.from({ length: DRAWN }, () => draw(space)));
  return (
    <Panel title="Search space" aside={<span className="dim">{kindOf(experiment)}</span>}>
      {names.length === 0 && <p className="dim">{"Manual" in experiment.scheduler ? "People choose the hyperparameters: each job is queued by hand or by a script." : "No distributions are known: the first jobs were added by hand."}</p>}
      {names.map((name) => (
        <div key={name} className="space-row">
          <b><Name>{name}</Name></b><span><bdi>{said(space[name]!)}</bdi></span><Bars space={space} name={name} />
        </div>
      ))}
      {names.length > 0 && <p className="bar-of-tools"><button onClick={take}>{samples.length ? "Draw others" : `Draw ${DRAWN} samples`}</button><small>nothing is queued by that</small></p>}
      {samples.length > 0 && (
        <div className="scroll">
          <table>
            <caption className="sr">Samples of the search space</caption>
            <thead><tr>{names.map((name) => <th key={name} scope="col"><bdi>{name}</bdi></th>)}</tr></thead>
            <tbody>{samples.map((sample, row) => <tr key={row}>{names.map((name) => <td key={name}><bdi>{value(sample[name])}</bdi></td>)}</tr>)}</tbody>
          </table>
        </div>
      )}
      <details><summary>As it travels</summary><Code>{write(experiment.scheduler, 2)}</Code></details>
      <p className="dim">Seed {experiment.seed}: the same seed and the same order of results give the same proposals.</p>
    </Panel>
  );
}

function Bars({ space, name }: { space: Space; name: string }) {
  const bars = histogram(space[name]!);
  const most = Math.max(...bars.map((bar) => bar.share), Number.MIN_VALUE);
  const says = bars.length > 1 ? `${bars.length} bars; the likeliest: ${bars.reduce((best, bar) => (bar.share > best.share ? bar : best)).label}` : `always ${bars[0]?.label ?? "the same"}`;
  return <span className="bars" role="img" aria-label={`How ${name} is spread: ${says}`}>{bars.slice(0, 32).map((bar, at) => <i key={at} title={bar.label} style={{ height: `${(100 * bar.share) / most}%` }} />)}</span>;
}

function DangerZone({ experiment }: { experiment: Experiment }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [asked, setAsked] = useState(false);
  const [typed, setTyped] = useState("");
  const remove = useMutation({ mutationFn: () => send("DELETE", of(experiment.name)), onSuccess: () => { void client.invalidateQueries(); go("/"); } });
  const total = Object.values(experiment.counts).reduce((sum, each) => sum + each, 0);
  const { RUNNING: running, DONE: done } = experiment.counts;
  const close = () => { setAsked(false); setTyped(""); };
  return (
    <Panel title="Danger zone" className="danger-zone">
      <p>The experiment goes with {plural(total, "job")}, their results, notes and history. There is no way back but a backup.</p>
      <button className="danger" onClick={() => setAsked(true)}>Delete the experiment…</button>
      <Dialog title="Delete the experiment?" open={asked} onClose={close}>
        <form className="form" onSubmit={(event) => { event.preventDefault(); if (typed === experiment.name) remove.mutate(); }}>
          {remove.error && <Problem error={remove.error} />}
          <p>This will be lost for good:</p>
          <ul>
            <li>{plural(total, "job")}, of which {number(done)} <StatusBadge status="DONE" /> with results</li>
            {running > 0 && <li><b>{plural(running, "job")} at work now:</b> the workers are told to stop, and their results are refused</li>}
            <li>the log, results that were kept, {experiment.note ? "the note, " : ""}tags and saved views</li>
          </ul>
          <label>To go on, type the name, <b><bdi>{experiment.name}</bdi></b><input value={typed} onChange={(event) => setTyped(event.target.value)} autoFocus autoComplete="off" spellCheck={false} /></label>
          <div className="bar-of-tools"><Copy text={experiment.name} label="Copy the name" /><span className="grow" /><button type="button" onClick={close}>Keep</button><button className="danger" disabled={typed !== experiment.name || remove.isPending}>Delete for good</button></div>
        </form>
      </Dialog>
    </Panel>
  );
}
