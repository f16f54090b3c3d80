import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { of, seg, send } from "../api";
import { number } from "../format";
import { Problem } from "../ui";

type Kind = "uniform" | "loguniform" | "choice";
interface Dimension {
  name: string;
  kind: Kind;
  low: string;
  high: string;
  values: string;
}

const EMPTY: Dimension = { name: "", kind: "loguniform", low: "1e-5", high: "1e-1", values: "" };

export function distribution(of: Dimension): Record<string, unknown> {
  if (of.kind === "choice") return { choice: { values: of.values.split(",").map((each) => literal(each.trim())) } };
  const low = Number(of.low);
  const high = Number(of.high);
  return { [of.kind]: { low, high } };
}

/** A value as it was meant: a number or true where it reads like one, else text. */
function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function sample(of: Dimension): string {
  if (of.kind === "choice") {
    const values = of.values.split(",").map((each) => each.trim());
    return values[Math.floor(Math.random() * values.length)] ?? "";
  }
  const [low, high, chance] = [Number(of.low), Number(of.high), Math.random()];
  return number(of.kind === "uniform" ? low + chance * (high - low) : Math.exp(Math.log(low) + chance * Math.log(high / low)));
}

export function NewExperiment({ onDone }: { onDone: () => void }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [scheduler, setScheduler] = useState("RandomSearch");
  const [space, setSpace] = useState<Dimension[]>([{ ...EMPTY, name: "lr" }]);
  const create = useMutation({
    mutationFn: ({ name, body }: { name: string; body: unknown }) => send("PUT", of(name), body),
    onSuccess: (_data, { name }) => {
      void client.invalidateQueries();
      onDone();
      go(`/e/${seg(name)}`);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const spaces = Object.fromEntries(space.filter((each) => each.name.trim()).map((each) => [each.name.trim(), distribution(each)]));
    const result = text("result");
    const direction = text("direction");
    const kinds: Record<string, unknown> = {
      Manual: { Manual: null },
      RandomSearch: { RandomSearch: spaces },
      PBT: {
        PBT: {
          objective: direction,
          qualityResultName: result,
          exploit: { truncate: Number(text("truncate") || "0.2") },
          explore: Object.fromEntries(space.filter((each) => each.kind !== "choice" && each.name.trim()).map((each) => [each.name.trim(), { perturb: { minFactor: 0.8, maxFactor: 1.25 } }])),
          init: spaces,
          numParallel: Number(text("members") || "10"),
          maxGenerations: Number(text("generations") || "20"),
        },
      },
    };
    const body: Record<string, unknown> = { status: "RUNNING", scheduler: kinds[scheduler] };
    if (result && scheduler !== "PBT") body["objective"] = { result, direction };
    create.mutate({ name: text("name"), body });
  };
  const change = (index: number, part: Partial<Dimension>) => setSpace(space.map((each, at) => (at === index ? { ...each, ...part } : each)));
  return (
    <form onSubmit={submit} className="form">
      {create.error && <Problem error={create.error} />}
      <label>Name<input name="name" required maxLength={500} autoFocus /></label>
      <label>What chooses hyperparameters
        <select value={scheduler} onChange={(event) => setScheduler(event.target.value)}>
          <option value="RandomSearch">Random search</option><option value="PBT">Population-based training</option><option value="Manual">You, by hand</option>
        </select>
      </label>
      <div className="row">
        <label>Result to optimise<input name="result" placeholder="accuracy" required={scheduler === "PBT"} /></label>
        <label>Best is<select name="direction" defaultValue="max"><option value="max">the largest</option><option value="min">the smallest</option></select></label>
      </div>
      {scheduler === "PBT" && (
        <div className="row">
          <label>Members<input name="members" type="number" min={1} defaultValue={10} /></label>
          <label>Generations<input name="generations" type="number" min={1} defaultValue={20} /></label>
          <label>Replaced each time<input name="truncate" type="number" min={0.01} max={0.5} step={0.01} defaultValue={0.2} /></label>
        </div>
      )}
      {scheduler !== "Manual" && (
        <fieldset>
          <legend>Search space</legend>
          {space.map((each, index) => (
            <div className="row" key={index}>
              <label>Hyperparameter<input value={each.name} onChange={(event) => change(index, { name: event.target.value })} /></label>
              <label>Values<select value={each.kind} onChange={(event) => change(index, { kind: event.target.value as Kind })}>
                <option value="loguniform">log-uniform</option><option value="uniform">uniform</option><option value="choice">one of</option>
              </select></label>
              {each.kind === "choice" ? (
                <label>Choices, by commas<input value={each.values} required onChange={(event) => change(index, { values: event.target.value })} /></label>
              ) : (
                <>
                  <label>From<input value={each.low} inputMode="decimal" required onChange={(event) => change(index, { low: event.target.value })} /></label>
                  <label>To<input value={each.high} inputMode="decimal" required onChange={(event) => change(index, { high: event.target.value })} /></label>
                </>
              )}
              <button type="button" className="quiet" onClick={() => setSpace(space.filter((_, at) => at !== index))} aria-label={`Remove ${each.name}`}>Remove</button>
            </div>
          ))}
          <button type="button" onClick={() => setSpace([...space, { ...EMPTY }])}>Add a hyperparameter</button>
          <p className="dim">For example: {[0, 1, 2].map(() => `{${space.filter((each) => each.name).map((each) => `${each.name}: ${sample(each)}`).join(", ")}}`).join("  ")}</p>
        </fieldset>
      )}
      <button className="primary" disabled={create.isPending}>Create the experiment</button>
    </form>
  );
}
