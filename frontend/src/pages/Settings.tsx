import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { of, send, type Experiment } from "../api";
import { plural } from "../format";
import { Code, Dialog, Panel, Problem } from "../ui";

const LIMITS: [string, string, string][] = [
  ["lease_ttl", "Seconds that a worker may keep silent", "after that its job goes to another"],
  ["max_lost", "Losses before a job is given up", "a job that kills its workers must not kill them all"],
  ["max_preempted", "Preemptions before a job is given up", "workers that gave it back in good order"],
  ["crash_retries", "Tries after a crash", "0: a crash is a result"],
];

export function Settings({ experiment }: { experiment: Experiment }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [asked, setAsked] = useState(false);
  const change = useMutation({ mutationFn: (body: unknown) => send("PATCH", of(experiment.name), body), onSettled: () => client.invalidateQueries() });
  const remove = useMutation({ mutationFn: () => send("DELETE", of(experiment.name)), onSuccess: () => { void client.invalidateQueries(); go("/"); } });
  const goal = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const result = String(form.get("result") ?? "").trim();
    change.mutate({ objective: result ? { result, direction: form.get("direction") } : null });
  };
  const limits = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.mutate({ limits: Object.fromEntries(LIMITS.map(([name]) => [name, Number(form.get(name))])) });
  };
  const hasOwnGoal = "PBT" in experiment.scheduler;
  const total = Object.values(experiment.counts).reduce((sum, each) => sum + each, 0);
  return (
    <div className="settings">
      {change.error && <Problem error={change.error} />}
      {change.isSuccess && <p className="toast" role="status">Saved.</p>}
      {!hasOwnGoal && (
        <Panel title="Goal">
          <form className="form row" onSubmit={goal}>
            <label>Result to optimise<input name="result" defaultValue={experiment.objective?.result ?? ""} /></label>
            <label>Best is<select name="direction" defaultValue={experiment.objective?.direction ?? "max"}><option value="max">the largest</option><option value="min">the smallest</option></select></label>
            <button>Save</button>
          </form>
        </Panel>
      )}
      {experiment.limits && (
        <Panel title="Limits">
          <form className="form" onSubmit={limits}>
            {LIMITS.map(([name, title, why]) => (
              <label key={name}>{title}<input name={name} type="number" min={name === "crash_retries" ? 0 : 1} step="any" required defaultValue={String(experiment.limits?.[name] ?? "")} /><small>{why}</small></label>
            ))}
            <button>Save</button>
          </form>
        </Panel>
      )}
      <Panel title="Scheduler"><Code>{JSON.stringify(experiment.scheduler, null, 2)}</Code><p className="dim">Seed {experiment.seed}: the same seed and the same order of results give the same proposals.</p></Panel>
      <Panel title="Delete">
        <p>The experiment goes with {plural(total, "job")}, their results and their history. There is no way back but a backup.</p>
        <button className="danger" onClick={() => setAsked(true)}>Delete the experiment…</button>
      </Panel>
      <Dialog title="Delete the experiment?" open={asked} onClose={() => setAsked(false)}>
        {remove.error && <Problem error={remove.error} />}
        <p><b><bdi>{experiment.name}</bdi></b> and {plural(total, "job")} will be lost.</p>
        <div className="bar-of-tools"><span className="grow" /><button onClick={() => setAsked(false)}>Keep</button><button className="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>Delete for good</button></div>
      </Dialog>
    </div>
  );
}
