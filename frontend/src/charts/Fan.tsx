import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { number, plural } from "../format";
import { useChoice } from "../query";
import { Loaded, noted } from "./answers";
import { extent, suggestsLog, type Spec } from "./axis";
import { GREY } from "./colours";
import { curveFields, curves, type Curves } from "./curves";
import { areaOf, curvePath, type Spot } from "./paths";
import { Empty, Frame } from "./Frame";
import { FieldSelect } from "./Pickers";
import { Plot, type Inner, type Marks } from "./Plot";
import { Raster } from "./raster";
import { analysed, nameOf, Scales, useView } from "./view";

const TOP = 10;
const EVERY = 20_000;

/** All learning curves: how they are spread, and the best of them. */
export function Fan() {
  const view = useView();
  const names = useMemo(() => curveFields(view.fields), [view.fields]);
  const [[chosen], choose] = useChoice("curves");
  const field = chosen !== undefined && names.includes(chosen) ? chosen : names[0];
  const query = useQuery({
    queryKey: ["analysis", view.experiment.name, "curves", field, view.filter],
    queryFn: ({ signal }) => curves(view.experiment.name, field ?? "", view.filter, signal),
    refetchInterval: EVERY,
    placeholderData: keepPreviousData,
    enabled: field !== undefined,
  });
  if (field === undefined) return <Empty title="Learning curves">No job has reported a list of numbers. Report one for each epoch, as in <code>job.results["losses"] = [0.9, 0.4, …]</code>, and its curve is drawn here.</Empty>;
  return <Loaded title="Learning curves" query={query}>{(data) => <Drawn data={data} field={field} names={names} onChange={(name) => choose([name])} />}</Loaded>;
}

function Drawn({ data, field, names, onChange }: { data: Curves; field: string; names: string[]; onChange: (field: string) => void }) {
  const view = useView();
  const name = nameOf(view, field);
  const x = useMemo((): Spec => ({ name: "step", kind: "linear", span: { low: data.steps[0] ?? 0, high: Math.max(data.steps.at(-1) ?? 1, (data.steps[0] ?? 0) + 1) }, exact: true }), [data]);
  const y = useMemo((): Spec => {
    const kind = view.scales[field] ?? (suggestsLog(data.values) ? "log" : "linear");
    const usable = kind === "log" ? data.values.filter((each) => each > 0) : data.values;
    return { name, kind, span: extent(usable, view.clip ? 0.005 : 0, kind === "log") ?? { low: 0, high: 1 } };
  }, [data, name, field, view.scales, view.clip]);
  const top = Math.min(TOP, data.lines.length);
  const marks = useMemo(() => marksOf(data, name), [data, name]);
  const last = data.bands["50"].findLast((each) => Number.isFinite(each));
  const summary = `${data.lines.length < data.used ? `${number(data.lines.length)} of ` : "All "}${plural(data.used, "curve")} of ${name}; half of them end ${last === undefined ? "nowhere" : `between ${number(data.bands["25"].findLast(Number.isFinite), 3)} and ${number(data.bands["75"].findLast(Number.isFinite), 3)}`}. The best ${plural(top, "job")} ${top === 1 ? "is" : "are"} orange.${noted(data)}`;
  if (!data.lines.length) return <Empty title={`${name} of all jobs`}>{data.note ?? "No curve to draw yet."}</Empty>;
  return (
    <Frame title={`${name} of all jobs`} summary={summary} commands={analysed(view, { kind: "curves", fields: [field] })} head={["step", "5 %", "25 %", "median", "75 %", "95 %"]}
      rows={() => data.steps.map((step, at) => [step, ...(["5", "25", "50", "75", "95"] as const).map((band) => data.bands[band][at] ?? NaN)])}
      tools={<Scales of={[[field, y]]} />} aside={names.length > 1 && <FieldSelect label="of" value={field} fields={names} onChange={onChange} />}
      legend={<p className="legend"><span><i className="swatch wide-band" /> 5–95 %</span><span><i className="swatch half-band" /> 25–75 %</span><span><i className="swatch middle" /> median</span><span><i className="swatch best-ones" /> best {top}</span></p>}>
      <Plot id={`fan-${field}`} label={summary} height={280} x={x} y={y} marks={marks} of={[data]}
        paint={data.lines.length > 40 ? (image, inner) => density(image, inner, data, top) : undefined}>
        {(inner) => <Bands inner={inner} data={data} top={top} />}
      </Plot>
    </Frame>
  );
}

function marksOf(data: Curves, name: string): Marks {
  const { points, steps, values, lines } = data;
  const xs = Float32Array.from(values, (_, at) => steps[at % points]!);
  const numbers = Float32Array.from(values, (_, at) => lines[Math.floor(at / points)]!);
  return { xs, ys: values, numbers, isHidden: true, what: "point", say: (at) => [["job", number(numbers[at])], ["step", number(xs[at])], [name, number(values[at], 5)]] };
}

function density(image: ImageData, { x, y }: Inner, { points, steps, values, lines }: Curves, top: number) {
  const raster = new Raster(image.width, image.height);
  const across = steps.map((step) => x.at(step));
  for (let line = 0; line < lines.length - top; line++) {
    for (let at = 1; at < points; at++) {
      const [from, to] = [y.at(values[line * points + at - 1]!), y.at(values[line * points + at]!)];
      if (Number.isFinite(from + to)) raster.segment(across[at - 1]!, from, across[at]!, to);
    }
  }
  raster.paint(image, GREY, 24);
}

function Bands({ inner: { x, y }, data, top }: { inner: Inner; data: Curves; top: number }) {
  const spots = (values: ArrayLike<number>) => Array.from(values, (each, at): Spot => [x.at(data.steps[at]!), y.at(each)]);
  const area = (low: number[], high: number[]) => areaOf(spots(low), spots(high));
  const first = data.lines.length - top;
  const few = data.lines.length <= 40 ? Array.from({ length: first }, (_, at) => at) : [];
  const curve = (at: number) => curvePath(spots(data.values.subarray(at * data.points, (at + 1) * data.points)));
  return (
    <>
      <path className="band outer" d={area(data.bands["5"], data.bands["95"])} />
      <path className="band inner" d={area(data.bands["25"], data.bands["75"])} />
      {few.map((at) => <path key={at} className="curve" d={curve(at)} fill="none" />)}
      <path className="median" d={curvePath(spots(data.bands["50"]))} fill="none" />
      {Array.from({ length: top }, (_, at) => <path key={at} className={at === top - 1 ? "curve best-of-all" : "curve good"} d={curve(first + at)} fill="none" />)}
    </>
  );
}
