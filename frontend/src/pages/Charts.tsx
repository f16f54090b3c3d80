import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { columns as fetchColumns, get, of, seg, type Experiment, type Job } from "../api";
import { History } from "../charts/History";
import { asFilter, Parallel, type Brushes } from "../charts/Parallel";
import { Slice } from "../charts/Slices";
import { Problem, Skeleton } from "../ui";
import { FilterBox, useSchema } from "./Jobs";

const MOST = 10;

export function useColumns(experiment: Experiment, fields: string[], filter: string) {
  return useQuery({
    queryKey: ["experiment", experiment.name, "columns", fields, filter],
    queryFn: ({ signal }) => fetchColumns(experiment.name, fields, filter, signal),
    placeholderData: keepPreviousData,
    enabled: fields.length > 0,
  });
}

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
  const [query, setQuery] = useSearchParams();
  const [, go] = useLocation();
  const [brushes, setBrushes] = useState<Brushes>({});
  const schema = useSchema(experiment.name);
  const pick = usePick(experiment);
  const filter = query.get("f") ?? "";
  const fields = useMemo(() => (schema.data?.fields ?? []).filter((field) => field.name.startsWith("hyperparameters.") && field.kind !== "other" && (field.low !== field.high || field.categories.length > 1)).slice(0, MOST).map((field) => field.name), [schema.data]);
  const { data, error, refetch } = useColumns(experiment, schema.data ? ["number", "quality", ...fields] : [], filter);
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (schema.error) return <Problem error={schema.error} retry={() => void schema.refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  const setFilter = (text: string) => setQuery((old) => { if (text) old.set("f", text); else old.delete("f"); return old; }, { replace: true });
  if (!experiment.objective) return <p className="empty">Charts need a goal: say which result is to be optimised, in the settings.</p>;
  if (data.n === 0) return <p className="empty">No jobs{filter ? " fit the filter" : " yet"}.</p>;
  return (
    <>
      <div className="bar-of-tools"><FilterBox value={filter} onChange={setFilter} /></div>
      <div className="charts">
        <History experiment={experiment} columns={data} onPick={pick} />
        {fields.length > 0 && (
          <Parallel experiment={experiment} columns={data} fields={fields} brushes={brushes} onBrush={setBrushes}
            onOpen={() => go(`/e/${seg(experiment.name)}/jobs?${new URLSearchParams({ f: `${filter} ${asFilter(brushes, data)}`.trim() })}`)} />
        )}
        <div className="slices">{fields.map((field) => <Slice key={field} experiment={experiment} columns={data} field={field} />)}</div>
      </div>
    </>
  );
}
