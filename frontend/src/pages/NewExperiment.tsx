/** A new experiment: what chooses hyperparameters, out of which, and to what end. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useLocation } from "wouter";
import { of, seg, send } from "../api";
import { CopyAs } from "../CopyMenu";
import { value } from "../format";
import { draw } from "../space";
import { Problem } from "../ui";
import { bodyOf, DRAFT, draftCommands, nameProblem, placeOf, problemsOf, seedProblem, spaceOf, type Draft, type Scheduler } from "./new/draft";
import { SpaceForm } from "./new/SpaceForm";
import "./new/new.css";

const KINDS: [Scheduler, string, string][] = [
  ["RandomSearch", "Random search", "Draws each hyperparameter on its own: hard to beat for a start, and any number of workers may join."],
  ["PBT", "Population-based training", "Trains a population: the worst copy the best, and vary what they copied."],
  ["Manual", "You, by hand", "Hands out the jobs that you queue, and nothing else."],
];

export function NewExperiment({ onDone }: { onDone: () => void }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [draft, setDraft] = useState<Draft>(DRAFT);
  const create = useMutation({
    mutationFn: () => send("PUT", of(draft.name.trim()), bodyOf(draft), { isNew: true }),
    onSuccess: () => {
      void client.invalidateQueries();
      onDone();
      go(`/e/${seg(draft.name.trim())}`);
    },
  });
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    if (create.error) create.reset();
  };
  const isPopulation = draft.scheduler === "PBT";
  const hasSpace = draft.scheduler !== "Manual";
  const isWrong = hasSpace && problemsOf(draft.space, isPopulation).some(Boolean);
  const wrong: Record<string, string | null> = { name: nameProblem(draft.name), seed: hasSpace ? seedProblem(draft.seed) : null };
  const canCreate = !isWrong && !wrong["name"] && !wrong["seed"];
  const refused = create.error ? placeOf(create.error.message, draft) : null;
  const says = (at: string): ReactNode => {
    const text = refused?.at === at ? refused.says : wrong[at];
    return text && <small className="bad" role="alert">{text}</small>;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (canCreate) create.mutate();
  };
  const isElsewhere = refused && ![...["name", "result", "seed", "members", "generations", "proportion"], ...draft.space.map((each) => `space ${each.name.trim()}`)].includes(refused.at);
  return (
    <form onSubmit={submit} className="form new-experiment">
      {create.error && isElsewhere && <Problem error={create.error} />}
      <label>Name<input name="name" required maxLength={500} autoFocus value={draft.name} aria-invalid={refused?.at === "name" || Boolean(wrong["name"]) || undefined} onChange={(event) => change({ name: event.target.value })} />{says("name")}</label>
      <label>What chooses hyperparameters
        <select value={draft.scheduler} onChange={(event) => change({ scheduler: event.target.value as Scheduler })}>{KINDS.map(([kind, title]) => <option key={kind} value={kind}>{title}</option>)}</select>
        <small>{KINDS.find(([kind]) => kind === draft.scheduler)?.[2]}</small>
      </label>
      <div className="row">
        <label>Result to optimise<input placeholder="accuracy" required={isPopulation} value={draft.result} onChange={(event) => change({ result: event.target.value })} />{says("result")}</label>
        <label>Best is<select value={draft.direction} onChange={(event) => change({ direction: event.target.value as "max" | "min" })}><option value="max">the largest</option><option value="min">the smallest</option></select></label>
      </div>
      {isPopulation && (
        <div className="row">
          <label>Members<input type="number" min={1} value={draft.members} onChange={(event) => change({ members: event.target.value })} />{says("members")}</label>
          <label>Generations<input type="number" min={1} value={draft.generations} placeholder="no end" onChange={(event) => change({ generations: event.target.value })} />{says("generations")}</label>
          <label>Share that is replaced<input type="number" min={0.01} max={0.5} step="any" required value={draft.proportion} onChange={(event) => change({ proportion: event.target.value })} />{says("proportion")}</label>
        </div>
      )}
      {hasSpace && <SpaceForm space={draft.space} isPopulation={isPopulation} refused={refused} onChange={(space) => change({ space })} />}
      {hasSpace && !isWrong && <Example draft={draft} />}
      <details className="more-options">
        <summary>More</summary>
        <div className="row">
          {hasSpace && <label>Seed, for choices that can be repeated<input inputMode="numeric" pattern="[0-9]*" value={draft.seed} placeholder="by chance" onChange={(event) => change({ seed: event.target.value })} />{says("seed")}</label>}
          <label className="check"><input type="checkbox" checked={draft.isPaused} onChange={(event) => change({ isPaused: event.target.checked })} /> Start paused</label>
        </div>
      </details>
      <div className="bar-of-tools">
        <CopyAs {...draftCommands(draft)} />
        <span className="grow" />
        <button className="primary" disabled={create.isPending || !canCreate}>Create the experiment</button>
      </div>
    </form>
  );
}

function Example({ draft }: { draft: Draft }) {
  const [round, setRound] = useState(0);
  const some = draw(spaceOf(draft));
  const names = Object.keys(some);
  if (!names.length) return <p className="dim">Name a hyperparameter: without any, every job gets none.</p>;
  return (
    <p className="dim example" data-round={round}>For example: {names.map((name) => <code key={name}><bdi>{name}</bdi>={value(some[name])} </code>)} <button type="button" className="link" onClick={() => setRound(round + 1)}>another</button></p>
  );
}
