/** What the dashboard does, as it is said in Python, on the command line, and with curl. */

import { of, seg, url } from "./api";
import { write } from "./json";
import { bodyOf, type Action, type Target, type Wish } from "./pages/jobs/actions";

export interface Commands {
  python: string;
  cli: string;
  curl: string;
}

/** A string in Python, in ASCII: nothing in it can be taken for something else. */
export const py = (text: string): string =>
  `"${Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (sign === '"' || sign === "\\") return `\\${sign}`;
    if (code >= 32 && code < 127) return sign;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  }).join("")}"`;

/** A value in Python. */
export function pyValue(item: unknown): string {
  if (item === null || item === undefined) return "None";
  if (typeof item === "boolean") return item ? "True" : "False";
  if (typeof item === "bigint") return String(item);
  if (typeof item === "number") return Number.isFinite(item) ? write(item) : `float("${Number.isNaN(item) ? "nan" : item > 0 ? "inf" : "-inf"}")`;
  if (typeof item === "string") return py(item);
  if (Array.isArray(item)) return `[${item.map(pyValue).join(", ")}]`;
  return `{${Object.entries(item).map(([key, each]) => `${py(key)}: ${pyValue(each)}`).join(", ")}}`;
}

/** A word in a shell. */
export const sh = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`);

const connect = "import schedy\n\ndb = schedy.SchedyDB()";
const opened = (experiment: string) => `${connect}\nexperiment = db.get_experiment(${py(experiment)})`;

/** curl before an address; the token comes from the environment. */
export function curl(path: string, options: { method?: string; body?: unknown; output?: string } = {}): string {
  const words = ["curl -fsS"];
  if (options.method) words.push(`-X ${options.method}`);
  words.push('-H "Authorization: Bearer $SCHEDY_TOKEN"');
  if (options.body !== undefined) words.push(`-H 'Content-Type: application/json' -d ${sh(write(options.body))}`);
  if (options.output) words.push(`-o ${options.output}`);
  return `${words.join(" ")} ${sh(url(path))}`;
}

const isDashed = (word: string): boolean => word.startsWith("-");

/** The last words of a command: none of them is an option, whatever it starts with. */
export const last = (...words: string[]): string => [...(words.some(isDashed) ? ["--"] : []), ...words.map(sh)].join(" ");

/** An option and its value, which is no option. */
export const option = (name: string, value: string): string => `${name}${isDashed(value) ? "=" : " "}${sh(value)}`;

export function experimentCommands(name: string, verb: "pause" | "resume"): Commands {
  return {
    python: `${opened(name)}\nexperiment.${verb}()`,
    cli: `schedy ${verb} ${last(name)}`,
    curl: curl(of(name), { method: "PATCH", body: { status: verb === "pause" ? "DONE" : "RUNNING" } }),
  };
}

export function jobCommands(experiment: string, id: string): Commands {
  return {
    python: `${opened(experiment)}\njob = experiment.get_job(${py(id)})\nprint(job.status, job.hyperparameters, job.results)`,
    cli: `schedy show ${last(experiment, id)}`,
    curl: curl(`${of(experiment)}jobs/${seg(id)}/`),
  };
}

export function queueCommands(experiment: string, hyperparameters: Record<string, unknown>): Commands {
  const pairs = Object.entries(hyperparameters).flatMap(([name, item]) => [sh(name), sh(write(item))]);
  const given = pairs.length ? ` -p ${pairs.join(" ")}` : "";
  return {
    python: `${opened(experiment)}\njob = experiment.add_job(hyperparameters=${pyValue(hyperparameters)})\nprint(job.job_id)`,
    cli: isDashed(experiment) ? `schedy push${given} ${last(experiment)}` : `schedy push ${sh(experiment)}${given}`,
    curl: curl(`${of(experiment)}jobs/`, { method: "POST", body: { hyperparameters } }),
  };
}

const VERB: Partial<Record<Action, string>> = { requeue: "requeue", cancel: "cancel", void: "void", delete: "delete" };

/** One job is changed by its own call; more of them, or those that fit a filter, by one call for all. */
export function actionCommands(experiment: string, target: Target, wish: Wish): Commands {
  const verb = VERB[wish.action];
  if ("ids" in target && target.ids.length === 1 && verb) return single(experiment, target.ids[0]!, verb, wish.reason);
  return several(experiment, target, wish);
}

function single(experiment: string, id: string, verb: string, reason: string | undefined): Commands {
  const at = `${of(experiment)}jobs/${seg(id)}/`;
  const why = reason && verb !== "delete" ? `reason=${py(reason)}` : "";
  return {
    python: `${opened(experiment)}\nexperiment.get_job(${py(id)}).${verb}(${why})`,
    cli: verb === "delete" ? `schedy rm -f ${last(experiment, id)}` : `schedy ${verb} ${reason ? `${option("--reason", reason)} ` : ""}${last(experiment, id)}`,
    curl: verb === "delete" ? curl(at, { method: "DELETE" }) : curl(`${at}${verb}/`, { method: "POST", body: reason ? { reason } : {} }),
  };
}

function several(experiment: string, target: Target, wish: Wish): Commands {
  const body = bodyOf(target, wish);
  const which = "ids" in target ? pyValue(target.ids) : `filter=${py(target.filter)}`;
  const more = (["tag", "reason"] as const).flatMap((name) => (wish[name] ? [`${name}=${py(wish[name])}`] : []));
  const options = [...("ids" in target ? [] : [option("-f", target.filter)]), ...(wish.reason ? [option("--reason", wish.reason)] : [])];
  const words = [experiment, wish.action, ...(wish.tag ? [wish.tag] : []), ...("ids" in target ? target.ids : [])];
  return {
    python: `${opened(experiment)}\nprint(experiment.act(${[py(wish.action), which, ...more].join(", ")}))`,
    cli: ["schedy act", ...options, last(...words)].join(" "),
    curl: curl(`${of(experiment)}actions/`, { method: "POST", body }),
  };
}

interface Analysis {
  /** As endpoint, command and method are called. */
  kind: "importance" | "surface" | "predictions" | "pareto" | "progress" | "distribution" | "curves";
  filter: string;
  /** The fields that it is about, in their order. */
  fields?: string[];
  /** What depends on them; not said where it is the goal of the search. */
  target?: string;
  objectives?: { field: string; direction: string }[];
}

const PARTS: Partial<Record<Analysis["kind"], string[]>> = { surface: ["x", "y"], distribution: ["target"], curves: ["result"] };

/** What a chart asks the server for. */
export function analysisCommands(experiment: string, { kind, filter, fields = [], target = "quality", objectives = [] }: Analysis): Commands {
  const goals = objectives.map(({ field, direction }) => `${field}:${direction}`);
  const isOther = target !== "quality";
  const args = [...(goals.length ? [pyValue(goals)] : []), ...fields.map(py), ...(isOther ? [`target=${py(target)}`] : []), ...(filter ? [`filter=${py(filter)}`] : [])];
  const options = [...goals.map((each) => option("-o", each)), ...(isOther ? [option("--target", target)] : []), ...(filter ? [option("-f", filter)] : [])];
  const query = new URLSearchParams([...(PARTS[kind] ?? []).map((part, at) => [part, fields[at] ?? ""]), ...(goals.length ? [["objectives", goals.join(",")]] : []), ...(isOther ? [["target", target]] : []), ...(filter ? [["f", filter]] : [])]);
  return {
    python: `${opened(experiment)}\nprint(experiment.${kind}(${args.join(", ")}))`,
    cli: ["schedy", kind, ...options, last(experiment, ...fields)].join(" "),
    curl: curl(`${of(experiment)}analysis/${kind}/${query.size ? `?${query}` : ""}`),
  };
}

export interface ViewQuery {
  filter: string;
  sort: string[];
  columns: string[];
  size: number;
}

export function exportPath(experiment: string, format: string, filter: string, fields: string[] | null): string {
  const query = new URLSearchParams({ format });
  if (filter) query.set("f", filter);
  if (fields) query.set("fields", fields.join(","));
  return `${of(experiment)}export/?${query}`;
}

/** The keys by which lists of jobs can be sorted, for clients; the table knows more of them. */
const SORTED = ["number", "created", "started", "finished", "modified", "status", "quality", "best"];

function pySort(sort: string[]): string {
  const key = sort[0] ?? "number";
  const plain = key.replace(/^-/, "");
  return SORTED.includes(plain) || plain.startsWith("hyperparameters.") || plain.startsWith("results.") ? key : "number";
}

const ATTRIBUTES = ["status", "quality", "number", "worker", "created", "started", "finished", "modified", "origin", "tags", "note"];

/** A column as an attribute of a job in Python; null for what only the table knows. */
function pyColumn(name: string): string | null {
  const [room, ...rest] = name.split(".");
  if (rest.length && (room === "hyperparameters" || room === "results")) return `job.${room}.get(${py(rest.join("."))})`;
  if (name === "id") return "job.job_id";
  return ATTRIBUTES.includes(name) ? `job.${name}` : null;
}

/** What the table shows: to go on with in Python, or as a file. */
export function viewCommands(experiment: string, view: ViewQuery): Commands {
  const which = `${view.filter ? `filter=${py(view.filter)}, ` : ""}sort=${py(pySort(view.sort))}`;
  const columns = view.columns.map(pyColumn).filter((each) => each !== null);
  const fields = view.columns.map((each) => ` ${option("--field", each)}`).join("");
  return {
    python: `${opened(experiment)}\nfor job in experiment.jobs(${which}):\n    print(${columns.join(", ")})`,
    cli: `schedy export${view.filter ? ` ${option("-f", view.filter)}` : ""}${fields} -o jobs.csv ${last(experiment)}`,
    curl: curl(exportPath(experiment, "csv", view.filter, view.columns), { output: "jobs.csv" }),
  };
}
