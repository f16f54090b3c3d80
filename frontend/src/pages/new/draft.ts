/** An experiment as somebody writes it down, and what becomes of that on the wire and in Python. */

import { of } from "../../api";
import { curl, last, option, py, pyValue, sh, type Commands } from "../../copyas";
import { write } from "../../json";
import { literal, type Distribution, type Kind, type Space } from "../../space";

export type Scheduler = "RandomSearch" | "PBT" | "Manual";
export type Explore = "keep" | "perturb" | "perturbchoice" | "resample";

export interface Dimension {
  name: string;
  kind: Kind;
  low: string;
  high: string;
  mean: string;
  std: string;
  values: string;
  weights: string;
  value: string;
  explore: Explore;
  minFactor: string;
  maxFactor: string;
  factors: string;
  probability: string;
}

export interface Draft {
  name: string;
  scheduler: Scheduler;
  result: string;
  direction: "max" | "min";
  seed: string;
  isPaused: boolean;
  members: string;
  generations: string;
  proportion: string;
  space: Dimension[];
}

export const DIMENSION: Dimension = {
  name: "", kind: "loguniform", low: "1e-5", high: "1e-1", mean: "0", std: "1", values: "", weights: "", value: "",
  explore: "perturb", minFactor: "0.8", maxFactor: "1.25", factors: "0.8, 1.25", probability: "0.25",
};
export const DRAFT: Draft = {
  name: "", scheduler: "RandomSearch", result: "", direction: "max", seed: "", isPaused: false,
  members: "10", generations: "20", proportion: "0.2", space: [{ ...DIMENSION, name: "lr" }],
};

/** The values of a list by commas: JSON where it is some, else word by word. */
export function listOf(text: string): unknown[] {
  const whole = literal(`[${text}]`);
  return Array.isArray(whole) ? whole : text.split(",").map((each) => each.trim()).filter(Boolean).map(literal);
}

const numeric = (text: string): number => (text.trim() === "" ? NaN : Number(text));

export function distributionOf(of: Dimension): Distribution {
  switch (of.kind) {
    case "uniform":
      return { uniform: { low: numeric(of.low), high: numeric(of.high) } };
    case "loguniform":
      return { loguniform: { low: numeric(of.low), high: numeric(of.high) } };
    case "normal":
      return { normal: { mean: numeric(of.mean), std: numeric(of.std) } };
    case "choice": {
      const weights = of.weights.trim() ? { weights: listOf(of.weights).map(Number) } : {};
      return { choice: { values: listOf(of.values), ...weights } };
    }
    case "const":
      return { const: literal(of.value.trim()) };
  }
}

/** What is wrong with a hyperparameter, in the words of the form; null if nothing is. */
export function problemOf(dimension: Dimension, isPopulation: boolean): string | null {
  return distributionProblem(distributionOf(dimension)) ?? (isPopulation ? exploreProblem(dimension) : null);
}

function distributionProblem(of: Distribution): string | null {
  if ("uniform" in of || "loguniform" in of) {
    const { low, high } = "uniform" in of ? of.uniform : of.loguniform;
    if (!Number.isFinite(low)) return "From must be a number";
    if (!Number.isFinite(high)) return "To must be a number";
    if ("loguniform" in of && low <= 0) return `From must be above 0, got ${low}`;
    return low > high ? `From must not exceed To, got ${low} and ${high}` : null;
  }
  if ("normal" in of) {
    if (!Number.isFinite(of.normal.mean)) return "Mean must be a number";
    if (!Number.isFinite(of.normal.std)) return "Standard deviation must be a number";
    return of.normal.std < 0 ? `Standard deviation must not be negative, got ${of.normal.std}` : null;
  }
  if (!("choice" in of)) return null;
  const { values, weights } = of.choice;
  if (!values.length) return "Choices must not be empty";
  if (!weights) return null;
  if (weights.some((each) => !Number.isFinite(each))) return "Weights must be numbers";
  if (weights.length !== values.length) return `There must be as many weights as choices, got ${weights.length} for ${values.length}`;
  if (weights.some((each) => each < 0)) return "Weights must not be negative";
  return weights.every((each) => each === 0) ? "At least one weight must be above 0" : null;
}

function exploreProblem(of: Dimension): string | null {
  if (of.explore === "perturb") {
    const [low, high] = [numeric(of.minFactor), numeric(of.maxFactor)];
    if (!Number.isFinite(low) || !Number.isFinite(high)) return "Factors must be numbers";
    if (low < 0) return `Factor from must not be negative, got ${low}`;
    return low > high ? `Factor from must not exceed Factor to, got ${low} and ${high}` : null;
  }
  if (of.explore === "perturbchoice") {
    const factors = listOf(of.factors).map(Number);
    if (!factors.length) return "Factors must not be empty";
    return factors.some((each) => !Number.isFinite(each) || each < 0) ? "Factors must be numbers, none negative" : null;
  }
  const chance = numeric(of.probability);
  return of.explore === "resample" && !(chance >= 0 && chance <= 1) ? "How often must be between 0 and 1" : null;
}

const isUntouched = (of: Dimension): boolean => (Object.keys(DIMENSION) as (keyof Dimension)[]).every((key) => of[key].trim() === DIMENSION[key]);

/** What is wrong with each line of the search space; one that nobody wrote into is left out. */
export function problemsOf(space: Dimension[], isPopulation: boolean): (string | null)[] {
  const names = space.map((each) => each.name.trim());
  return space.map((each, at) => {
    if (isUntouched(each)) return null;
    if (!names[at]) return "It needs a name; or take the line away";
    if (names.indexOf(names[at]) < at) return `There is a ${names[at]} already`;
    return problemOf(each, isPopulation);
  });
}

/** Why an experiment can't be called so; null if it can. */
export function nameProblem(name: string): string | null {
  if (name && !name.trim()) return "A name needs more than spaces.";
  return [".", ".."].includes(name.trim()) ? "“.” and “..” mean something else in addresses: take another name, please." : null;
}

/** Why a seed can't be sent; null if it can. */
export const seedProblem = (seed: string): string | null =>
  Number.isNaN(numeric(seed)) || Number.isSafeInteger(numeric(seed)) ? null : `A browser knows whole numbers up to ${Number.MAX_SAFE_INTEGER} only.`;

const named = (draft: Draft): Dimension[] => draft.space.filter((each) => each.name.trim());
export const spaceOf = (draft: Draft): Space => Object.fromEntries(named(draft).map((each) => [each.name.trim(), distributionOf(each)]));

function exploreOf(of: Dimension): Record<string, unknown> {
  if (of.explore === "perturb") return { perturb: { minFactor: numeric(of.minFactor), maxFactor: numeric(of.maxFactor) } };
  if (of.explore === "perturbchoice") return { perturbchoice: { factors: listOf(of.factors).map(Number) } };
  return { resample: { probability: numeric(of.probability) } };
}

function schedulerOf(draft: Draft): Record<string, unknown> {
  if (draft.scheduler === "Manual") return { Manual: null };
  if (draft.scheduler === "RandomSearch") return { RandomSearch: spaceOf(draft) };
  const explored = named(draft).filter((each) => each.explore !== "keep");
  return {
    PBT: {
      objective: draft.direction,
      qualityResultName: draft.result.trim(),
      exploit: { truncate: numeric(draft.proportion) },
      explore: Object.fromEntries(explored.map((each) => [each.name.trim(), exploreOf(each)])),
      init: spaceOf(draft),
      ...(draft.members.trim() ? { numParallel: numeric(draft.members) } : {}),
      ...(draft.generations.trim() ? { maxGenerations: numeric(draft.generations) } : {}),
    },
  };
}

export function bodyOf(draft: Draft): Record<string, unknown> {
  const result = draft.result.trim();
  const goal = draft.scheduler !== "PBT" && result ? { objective: { result, direction: draft.direction } } : {};
  return { status: draft.isPaused ? "DONE" : "RUNNING", scheduler: schedulerOf(draft), ...goal, ...(draft.seed.trim() ? { seed: numeric(draft.seed) } : {}) };
}

/** Which part of the form a message of the server is about, and the message without the address of that part. */
export function placeOf(message: string, draft: Draft): { at: string; says: string } {
  const match = /^scheduler\.(?:RandomSearch|PBT\.(?:init|explore))\.(.*)$/s.exec(message);
  const rest = match?.[1] ?? "";
  const found = named(draft).map((each) => each.name.trim()).filter((name) => rest.startsWith(`${name}.`) || rest.startsWith(`${name}:`)).sort((a, b) => b.length - a.length)[0];
  if (found !== undefined) return { at: `space ${found}`, says: rest.slice(found.length + 1).replace(/^\w+: /, "").trim() };
  const parts: [RegExp, string][] = [
    [/^scheduler\.PBT\.exploit\.truncate: (.*)$/s, "proportion"],
    [/^scheduler\.PBT\.(numParallel .*)$/s, "members"],
    [/^scheduler\.PBT\.(max_?[gG]enerations .*)$/s, "generations"],
    [/^scheduler\.PBT\.(qualityResultName.*)$/s, "result"],
    [/^seed: (.*)$/s, "seed"],
    [/^objective\.?(.*)$/s, "result"],
    [/^(The name .*)$/s, "name"],
    [/^(.* already.*)$/s, "name"],
  ];
  for (const [pattern, at] of parts) {
    const says = pattern.exec(message)?.[1];
    if (says !== undefined) return { at, says };
  }
  return { at: "", says: message };
}

const CLASS: Record<Kind, string> = { uniform: "Uniform", loguniform: "LogUniform", normal: "Normal", choice: "Choice", const: "Constant" };

function pyDistribution(of: Distribution): string {
  const [kind, content] = Object.entries(of)[0] as [Kind, unknown];
  if (kind === "const") return `schedy.random.Constant(${pyValue(content)})`;
  const parts = content as Record<string, unknown>;
  const weights = parts["weights"] ? `, weights=${pyValue(parts["weights"])}` : "";
  const args = kind === "choice" ? pyValue(parts["values"]) + weights : Object.values(parts).map(pyValue).join(", ");
  return `schedy.random.${CLASS[kind]}(${args})`;
}

function pyExplore(of: Dimension): string {
  if (of.explore === "perturb") return `schedy.pbt.Perturb(${numeric(of.minFactor)}, ${numeric(of.maxFactor)})`;
  if (of.explore === "perturbchoice") return `schedy.pbt.PerturbChoice(${pyValue(listOf(of.factors))})`;
  return `schedy.pbt.Resample(${numeric(of.probability)})`;
}

const dict = (entries: [string, string][], indent: string): string =>
  entries.length ? `{\n${entries.map(([name, text]) => `${indent}    ${py(name)}: ${text},\n`).join("")}${indent}}` : "{}";

function pyExperiment(draft: Draft): string {
  const space = dict(Object.entries(spaceOf(draft)).map(([name, each]) => [name, pyDistribution(each)]), "    ");
  const more = [...(draft.isPaused ? ['status="DONE"'] : []), ...(draft.seed.trim() ? [`seed=${draft.seed.trim()}`] : [])];
  const goal = draft.result.trim() ? [`${draft.direction === "max" ? "maximize" : "minimize"}=${py(draft.result.trim())}`] : [];
  const lines = (kind: string, args: string[]) => `schedy.${kind}(\n${args.map((each) => `    ${each},\n`).join("")})`;
  if (draft.scheduler === "Manual") return lines("ManualSearch", [py(draft.name.trim()), ...goal, ...(draft.isPaused ? ['status="DONE"'] : [])]);
  if (draft.scheduler === "RandomSearch") return lines("RandomSearch", [py(draft.name.trim()), space, ...goal, ...more]);
  const explored = named(draft).filter((each) => each.explore !== "keep");
  return lines("PopulationBasedTraining", [
    py(draft.name.trim()),
    `schedy.pbt.${draft.direction === "max" ? "MAXIMIZE" : "MINIMIZE"}`,
    py(draft.result.trim()),
    `schedy.pbt.Truncate(${numeric(draft.proportion)})`,
    `explore=${dict(explored.map((each) => [each.name.trim(), pyExplore(each)]), "    ")}`,
    `initial_distributions=${space}`,
    ...(draft.members.trim() ? [`population_size=${draft.members.trim()}`] : []),
    ...(draft.generations.trim() ? [`max_generations=${draft.generations.trim()}`] : []),
    ...more,
  ]);
}

export function draftCommands(draft: Draft): Commands {
  return {
    python: `import schedy\n\nexperiment = ${pyExperiment(draft)}\nschedy.SchedyDB().add_experiment(experiment)`,
    cli: cliOf(draft),
    curl: curl(of(draft.name.trim()), { method: "PUT", body: bodyOf(draft) }),
  };
}

function cliOf(draft: Draft): string {
  const words = (space: Space) => Object.entries(space).map(([name, each]) => {
    const [kind, content] = Object.entries(each)[0] as [Kind, unknown];
    return ` \\\n    ${sh(name)} ${kind} ${sh(write(content))}`;
  }).join("");
  const status = draft.isPaused ? " -s DONE" : "";
  const result = draft.result.trim();
  const goal = result ? ` ${option(draft.direction === "max" ? "--maximize" : "--minimize", result)}` : "";
  const seed = draft.seed.trim() && draft.scheduler !== "Manual" ? ` --seed ${draft.seed.trim()}` : "";
  const start = `schedy add${status} ${last(draft.name.trim())}`;
  if (draft.scheduler === "Manual") return `${start} manual${goal}`;
  const hasDashes = named(draft).some((each) => each.name.trim().startsWith("-"));
  if (draft.scheduler === "RandomSearch") return `${start} random${goal}${seed}${hasDashes ? " --" : ""}${words(spaceOf(draft))}`;
  const explore = named(draft).filter((each) => each.explore !== "keep").map((each) => {
    if (each.explore === "perturb") return ` ${sh(each.name.trim())} ${numeric(each.minFactor)} ${numeric(each.maxFactor)}`;
    const [kind, content] = Object.entries(exploreOf(each))[0] as [string, unknown];
    return ` ${sh(each.name.trim())} ${kind} ${sh(write(content))}`;
  }).join("");
  const sizes = `${draft.members.trim() ? ` --population-size ${draft.members.trim()}` : ""}${draft.generations.trim() ? ` --max-generations ${draft.generations.trim()}` : ""}`;
  const [first, end] = result.startsWith("-") ? ["", ` \\\n  ${last(result, draft.direction)}`] : [` ${sh(result)} ${draft.direction}`, ""];
  return `${start} pbt${first}${sizes} --exploit ${numeric(draft.proportion)}${seed}${explore ? ` \\\n  --explore${explore}` : ""} \\\n  --init${words(spaceOf(draft))}${end}`;
}
