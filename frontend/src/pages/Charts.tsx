import { useEffect, useMemo, useRef } from "react";
import { useLocation } from "wouter";
import { join, split as listed, useSearchParams } from "../query";
import { get, of, seg, type Columns, type Experiment, type Field, type Job } from "../api";
import { Loaded, useColumns } from "../charts/answers";
import { chosenOf, type Chart } from "../charts/catalogue";
import { curveFields } from "../charts/curves";
import { Later } from "../charts/Later";
import { pickRows, split, within, withLimits } from "../charts/limits";
import { ChartTools, type Choices } from "../charts/Tools";
import { ViewProvider, type View } from "../charts/view";
import { number, short } from "../format";
import { Problem, Skeleton } from "../ui";
import { useSchema } from "./jobs/fields";
import { Strangers } from "./jobs/Strangers";

export { useColumns };

const MOST = 10;
const SEEN_FIRST = 4; // charts, without scrolling

export function usePick(experiment: Experiment): (number: number) => void {
  const [, go] = useLocation();
  return (number) => {
    void get<{ items: Job[] }>(`${of(experiment.name)}table/?f=number%3D${number}&size=1`).then((page) => {
      const job = page.items[0];
      if (job) go(`/e/${seg(experiment.name)}/jobs/${seg(job.id)}`);
    });
  };
}

export default function Charts({ experiment }: { experiment: Experiment }) {
  const schema = useSchema(experiment.name);
  const [query] = useSearchParams();
  useEffect(() => {
    for (const chart of chosenOf(query.get("c"), false).slice(0, SEEN_FIRST)) chart.ahead();
  }, []); // eslint-disable-line
  if (schema.error) return <Problem error={schema.error} retry={() => void schema.refetch()} />;
  if (!schema.data) return <Skeleton lines={8} />;
  return <Page experiment={experiment} fields={schema.data.fields} jobs={schema.data.jobs} />;
}

/** The fields that vary, and so can be seen over each other. */
export function varied(fields: Field[], room: string): string[] {
  // A comma would end the name where columns are asked for.
  return fields.filter((field) => field.name.startsWith(room) && !field.name.includes(",") && (field.kind === "category" ? field.categories.length !== 1 : field.kind === "number" && field.low !== field.high)).map((field) => field.name);
}

function Page({ experiment, fields, jobs }: { experiment: Experiment; fields: Field[]; jobs: number }) {
  const [query, setQuery] = useSearchParams();
  const pick = usePick(experiment);
  const set = useRef((_changes: Record<string, string | null>) => undefined as void);
  set.current = (changes) => setQuery((old) => {
    for (const [key, text] of Object.entries(changes)) if (text) old.set(key, text); else old.delete(key);
    return old;
  }, { isTyping: "f" in changes && Boolean(document.activeElement?.matches("[data-key=filter]")) });
  const inputs = useMemo(() => varied(fields, "hyperparameters."), [fields]);
  const results = useMemo(() => fields.filter((field) => field.name.startsWith("results.") && field.kind === "number" && !field.name.includes(",")).map((field) => field.name), [fields]);
  const targets = useMemo(() => [...(experiment.objective ? ["quality"] : []), ...results.filter((each) => each !== `results.${experiment.objective?.result ?? ""}`), "seconds"], [experiment.objective, results]);
  const asked = query.get("y") ?? "";
  const target = targets.includes(asked) ? asked : targets[0]!;
  const isMax = target === "quality" ? experiment.objective?.direction !== "min" : query.get("best") === "max";
  const wanted = query.has("axes-of") ? listed(query.get("axes-of")).filter((each) => [...inputs, ...results].includes(each)) : undefined;
  const names = useMemo(() => wanted ?? inputs.slice(0, MOST), [wanted?.join("\n"), inputs]); // eslint-disable-line
  const colour = query.get("color") ?? "";
  const filter = query.get("f") ?? "";
  const asking = useMemo(() => [...new Set(["number", target, ...names, ...(colour ? [colour] : [])])], [target, names, colour]);
  const { limits, rest } = useMemo(() => split(filter, asking), [filter, asking]);
  const columns = useColumns(experiment, asking, rest);
  const choices: Choices = { filter, target, targets, isMax, colour, colours: [...(experiment.objective ? ["quality"] : []), "status", "worker", "seconds", ...inputs], names, inputs, results, clip: query.get("clip") !== "0", isSelecting: query.get("drag") === "filter", charts: chosenOf(query.get("c"), curveFields(fields).length > 0).map((chart) => chart.id) };
  const scaleText = query.get("scale") ?? "";
  const scales = useMemo(() => scalesOf(scaleText), [scaleText]);
  const charts = chosenOf(query.get("c"), curveFields(fields).length > 0);
  const unnamed = fields.filter((field) => field.name.includes(","));
  if (jobs === 0) return <p className="empty">No jobs yet. Charts are drawn here as soon as the first ones are done.</p>;
  return (
    <>
      <ChartTools choices={choices} experiment={experiment} fields={fields} set={(changes) => set.current(changes)} />
      <Strangers filter={filter} fields={fields} />
      {names.length < inputs.length && !wanted && <p className="dim">The first {names.length} of {number(inputs.length)} hyperparameters; choose others under “Fields”.</p>}
      {unnamed.length > 0 && <p className="dim">Not drawn, because of the comma in the name: {unnamed.slice(0, 20).map((field, at) => <span key={field.name}>{at > 0 && "; "}<bdi>{short(field.name)}</bdi></span>)}{unnamed.length > 20 && `; and ${number(unnamed.length - 20)} more`}.</p>}
      <Loaded title="Charts" query={columns} height={300}>{(found) => (
        <Drawn found={found} view={{ experiment, fields, names, limits, filter, target, isMax, colour, clip: choices.clip, isSelecting: choices.isSelecting, scales, pick, table: `/e/${seg(experiment.name)}/jobs?${new URLSearchParams({ f: filter })}`,
          setScale: (field, kind) => set.current({ scale: textOfScales({ ...scales, [field]: kind }) }),
          mark: (changes) => set.current({ f: withLimits(filter, changes) || null }) }}>
          <div className="charts grid">
            {paired(charts).map((chart) => <Later key={chart.id} title={chart.title} height={chart.height} isWide={chart.isWide}><chart.show /></Later>)}
          </div>
          {charts.length === 0 && <p className="empty">No chart is chosen: take some from “Charts” above.</p>}
        </Drawn>
      )}</Loaded>
    </>
  );
}

/** Small charts stand in pairs; one that is left over has the width for itself. */
function paired(charts: Chart[]): Chart[] {
  let small = 0;
  return charts.map((chart, at) => {
    small = chart.isWide ? 0 : small + 1;
    const isLast = charts[at + 1]?.isWide !== false;
    return isLast && small % 2 === 1 ? { ...chart, isWide: true } : chart;
  });
}

type Wanted = Omit<View, "all" | "columns">;

const hasAll = (columns: Columns, { target, names }: Wanted) => ["number", target, ...names].every((name) => columns.data.has(name));

function Drawn({ found, view: wanted, children }: { found: Columns; view: Wanted; children: React.ReactNode }) {
  // Until other columns have come, those before are drawn with the fields that they have.
  const kept = useRef<{ all: Columns; view: Wanted } | null>(null);
  if (hasAll(found, wanted)) kept.current = { all: found, view: wanted };
  const all = kept.current?.all;
  const { limits, mark } = kept.current?.view ?? wanted;
  const columns = useMemo(() => all && (Object.keys(limits).length ? pickRows(all, within(all, limits)) : all), [all, limits]);
  if (!kept.current || !all || !columns) return <Skeleton lines={8} />;
  const hasLimits = Object.keys(limits).length > 0;
  if (columns.n === 0) return <p className="empty">No job fits the filter. {hasLimits && <button className="link" onClick={() => mark(Object.fromEntries(Object.keys(limits).map((field) => [field, null])))}>Clear the marks</button>}</p>;
  return <ViewProvider value={{ ...kept.current.view, all, columns }}>{children}</ViewProvider>;
}

type Scales = View["scales"];

/** `hyperparameters.lr:log,quality:linear` */
function scalesOf(text: string): Scales {
  return Object.fromEntries(listed(text).flatMap((each) => {
    const at = each.lastIndexOf(":");
    const kind = each.slice(at + 1);
    return kind === "log" || kind === "linear" ? [[each.slice(0, at), kind] as const] : [];
  }));
}

const textOfScales = (scales: Scales): string => join(Object.entries(scales).map(([field, kind]) => `${field}:${kind}`));

