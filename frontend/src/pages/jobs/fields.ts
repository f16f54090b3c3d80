/** The fields that jobs have, and the columns that they make. */

import { queryOptions, useQuery } from "@tanstack/react-query";
import { get, of, type Experiment, type Field, type Job } from "../../api";
import { short } from "../../format";

export interface Schema {
  jobs: number;
  fields: Field[];
}

export const settingsOf = (name: string) =>
  queryOptions({
    queryKey: ["experiment", name, "settings"],
    queryFn: ({ signal }) => get<Experiment>(of(name), signal),
  });

export const schemaOf = (name: string) =>
  queryOptions({
    queryKey: ["experiment", name, "schema"],
    queryFn: ({ signal }) => get<Schema>(`${of(name)}schema/`, signal),
    staleTime: 15_000,
  });

export const useSchema = (name: string) => useQuery(schemaOf(name));

/** The columns that say something: hyperparameters that vary, and results. */
export function telling(fields: Field[]): string[] {
  const users = fields.filter((field) => field.name.includes("."));
  const varied = users.filter((field) => field.low !== field.high || field.categories.length > 1);
  return (varied.length ? varied : users).slice(0, 8).map((field) => field.name);
}

export function lookUp(job: Job, field: string): unknown {
  const [room, ...rest] = field.split(".");
  const inner = rest.join(".");
  if (room === "hyperparameters") return job.hyperparameters[inner];
  if (room === "results") return job.results[inner];
  if (field === "seconds") return job.started && job.finished ? (Date.parse(job.finished) - Date.parse(job.started)) / 1000 : null;
  return (job as unknown as Record<string, unknown>)[field];
}

export const TIMES = ["created", "started", "finished", "modified"];
const SYSTEM: Record<string, string> = {
  number: "Number",
  worker: "Worker",
  seconds: "Duration",
  created: "Created",
  started: "Started",
  finished: "Finished",
  attempt: "Attempts",
  reason: "Reason",
  tags: "Tags",
  note: "Note",
  parent: "Parent",
  member: "Member",
  generation: "Generation",
};
/** What the server can't sort by. */
const UNSORTED = ["attempt", "reason", "tags", "note"];

export interface Column {
  name: string;
  title: string;
  field: Field | undefined;
  canSort: boolean;
}

export const FIXED = ["status", "quality", "modified"];

/** The columns of the table from left to right: pinned ones, the usual ones, those that were chosen. */
export function columnsOf(experiment: Experiment, fields: Field[], chosen: string[] | null, pinned: string[]): Column[] {
  const goal = experiment.objective?.result;
  const shown = chosen ?? telling(fields);
  const rest = shown.filter((each) => !FIXED.includes(each) && each !== `results.${goal ?? ""}`);
  const names = [...FIXED, ...rest];
  const first = pinned.filter((each) => names.includes(each));
  return [...first, ...names.filter((each) => !first.includes(each))].map((name) => ({
    name,
    title: titleOf(name, experiment),
    field: fields.find((each) => each.name === name),
    canSort: !UNSORTED.includes(name) && !name.includes(","),
  }));
}

export function titleOf(name: string, experiment: Experiment): string {
  if (name === "quality") return experiment.objective?.result ?? "Quality";
  return { status: "Status", modified: "Modified", ...SYSTEM }[name] ?? short(name);
}

/** The columns on offer, in groups. */
export function offered(experiment: Experiment, fields: Field[]): { title: string; names: string[] }[] {
  const starting = (room: string) => fields.filter((field) => field.name.startsWith(room)).map((field) => field.name);
  const known = new Set([...fields.map((field) => field.name), ...UNSORTED]);
  const inPopulations = ["parent", "member", "generation"];
  const isPopulation = "PBT" in experiment.scheduler;
  return [
    { title: "Results", names: starting("results.").filter((each) => each !== `results.${experiment.objective?.result ?? ""}`) },
    { title: "Hyperparameters", names: starting("hyperparameters.") },
    { title: "System", names: Object.keys(SYSTEM).filter((each) => known.has(each) && (isPopulation || !inPopulations.includes(each))) },
  ].filter((group) => group.names.length);
}

/** Where a number lies between the least and the largest of its column, from 0 to 1. */
export function heatOf(item: unknown, field: Field | undefined): number | null {
  if (typeof item !== "number" || !Number.isFinite(item) || !field || field.low === null || field.high === null || field.high <= field.low) return null;
  const log = field.low > 0 && field.high / field.low >= 100;
  const share = log ? Math.log(item / field.low) / Math.log(field.high / field.low) : (item - field.low) / (field.high - field.low);
  return Math.min(1, Math.max(0, share));
}
