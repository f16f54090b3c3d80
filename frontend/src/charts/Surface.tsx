import { useMemo } from "react";
import { number, plural } from "../format";
import { useChoice } from "../query";
import { Loaded, noted, useAnalysis, type Analysis } from "./answers";
import { Ramp } from "./colour";
import { ramp, useScheme, type Scheme } from "./colours";
import { Empty, Frame } from "./Frame";
import { isolines, placeOf, sampled, spanOf, type GridAxis } from "./grid";
import { sayJob } from "./jobs";
import { FieldSelect } from "./Pickers";
import { Plot, type Inner, type Marks } from "./Plot";
import { jitter } from "./stats";
import { analysed, nameOf, pairOf, useView } from "./view";
import type { Spec } from "./axis";

export interface SurfaceAnswer extends Analysis {
  x: GridAxis;
  y: GridAxis;
  mean: number[][];
  spread: number[][];
  fit: { r2: number | null } | null;
}

/** What a model of all jobs expects over two hyperparameters, and how sure it is. */
export function Surface() {
  const view = useView();
  const [chosen, choose] = useChoice("surface");
  const names = view.names.filter((each) => each.startsWith("hyperparameters."));
  const [x, y] = pairOf(chosen, names);
  const query = useAnalysis<SurfaceAnswer>(view, "surface", { x: x ?? "", y: y ?? "", target: view.target, grid: "32" }, !!x && !!y);
  if (!x || !y) return <Empty title="Surface">This needs two hyperparameters that vary; {names.length ? "there is one" : "there is none"} so far.</Empty>;
  return <Loaded title="Surface" query={query} height={300}>{(answer) => <Drawn answer={answer} fields={[x, y]} names={names} onChange={choose} />}</Loaded>;
}

const specFor = (axis: GridAxis, name: string): Spec => (axis.scale === "category"
  ? { name, kind: "category", span: { low: 0, high: axis.values.length - 1 }, categories: axis.categories ?? axis.values.map(String) }
  : { name, kind: axis.scale, span: { low: axis.values[0] ?? 0, high: axis.values.at(-1) ?? 1 }, exact: true });

function Drawn({ answer, fields: [xField, yField], names, onChange }: { answer: SurfaceAnswer; fields: [string, string]; names: string[]; onChange: (fields: [string, string]) => void }) {
  const view = useView();
  const scheme = useScheme();
  const [[drawn], draw] = useChoice("surface-of");
  const isSpread = drawn === "spread";
  const { columns, target } = view;
  const [a, b, goal] = [nameOf(view, xField), nameOf(view, yField), nameOf(view, target)];
  const hasGrid = answer.mean.length > 0 && answer.x.field === xField && answer.y.field === yField;
  const rows = isSpread ? answer.spread : answer.mean;
  const [low, high] = useMemo(() => spanOf(rows), [rows]);
  const x = useMemo(() => specFor(answer.x, a), [answer, a]);
  const y = useMemo(() => specFor(answer.y, b), [answer, b]);
  const isTurned = !isSpread && !view.isMax;
  const marks = useMemo((): Marks => {
    const at = (field: string, axis: GridAxis) => {
      const [values, labels] = [columns.data.get(field) ?? new Float32Array(0), columns.categories.get(field)];
      if (axis.scale !== "category") return values;
      const place = labels?.map((each) => axis.categories?.indexOf(each) ?? -1);
      return values.map((each, row) => (place ? (place[each] ?? NaN) : each) + jitter(row) * 0.5);
    };
    return { xs: at(xField, answer.x), ys: at(yField, answer.y), numbers: columns.data.get("number"), isHidden: true, say: (row) => sayJob(view, columns, row, [target, xField, yField]) };
  }, [columns, answer, xField, yField, target]); // eslint-disable-line
  const [placeX, placeY] = useMemo(() => [placeOf(answer.x), placeOf(answer.y)], [answer]);
  const best = useMemo(() => bestOf(answer, view.isMax), [answer, view.isMax]);
  const controls = (
    <>
      <FieldSelect label="x" value={xField} fields={names} onChange={(field) => onChange([field, field === yField ? xField : yField])} />
      <FieldSelect label="y" value={yField} fields={names} onChange={(field) => onChange([field === xField ? yField : xField, field])} />
      <label className="inline small"><select aria-label="What is drawn" value={isSpread ? "spread" : "mean"} onChange={(event) => draw(event.target.value === "spread" ? ["spread"] : [])}><option value="mean">expected</option><option value="spread">uncertainty</option></select></label>
    </>
  );
  const r2 = answer.fit?.r2;
  const summary = !hasGrid ? (answer.note ?? "The model is on its way.") : `${isSpread ? `How unsure the model is of ${goal}` : `${goal} as a model of ${plural(answer.used, "job")} expects it`} over ${a} and ${b}${best ? `, best (${number(best.value, 4)}) near ${a} ${best.x}, ${b} ${best.y}` : ""}${typeof r2 === "number" ? `; R² ${number(r2, 2)}` : ""}.${noted(answer)}${columns.n > MOST ? ` Of the jobs, one in ${number(Math.ceil(columns.n / MOST))} is drawn as a dot.` : ""}`;
  return (
    <Frame title={isSpread ? `Uncertainty of ${goal}` : `Expected ${goal}`} summary={summary} commands={analysed(view, { kind: "surface", fields: [xField, yField], target })} aside={controls} head={[a, b, `${goal} (expected)`, "standard deviation"]} rows={() => tableOf(answer)}
      legend={hasGrid && <Ramp name={isSpread ? `uncertainty of ${goal}` : goal} from={number(isTurned ? high : low, 3)} to={number(isTurned ? low : high, 3)} scheme={scheme} />}>
      {!hasGrid ? <p className="nothing">{summary}</p> : (
        <Plot id={`surface-${xField}-${yField}`} label={summary} height={330} x={x} y={y} xField={xField} yField={yField} marks={marks} hasPicture of={[rows, scheme, isTurned]}
          paint={(image, inner) => { fill(image, inner, rows, answer, [low, high], isTurned, scheme); }}
          probe={(px, py) => { const [gx, gy] = [placeX(px), placeY(py)]; return gx >= 0 && gy >= 0 ? [["model", `${number(sampled(answer.mean, gx, gy), 4)} ± ${number(sampled(answer.spread, gx, gy), 2)}`]] : []; }}>
          {(inner) => (
            <>
              {isolines(rows, answer.x, answer.y, inner.x, inner.y).map((line) => <path key={line.value} className="isoline" d={line.path} fill="none"><title>{number(line.value, 4)}</title></path>)}
              <Jobs inner={inner} marks={marks} />
            </>
          )}
        </Plot>
      )}
    </Frame>
  );
}

const MOST = 3000;

function Jobs({ inner, marks }: { inner: Inner; marks: Marks }) {
  const path = useMemo(() => {
    const step = Math.ceil(marks.xs.length / MOST);
    let found = "";
    for (let at = 0; at < marks.xs.length; at += step) {
      const [x, y] = [inner.x.at(marks.xs[at]!), inner.y.at(marks.ys[at]!)];
      if (Number.isFinite(x + y)) found += `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
    }
    return found;
  }, [inner, marks]);
  return marks.xs.length > 300 ? <path className="jobs-dot many" d={path} /> : <><path className="jobs-rim" d={path} /><path className="jobs-dot" d={path} /></>;
}

function fill(image: ImageData, inner: Inner, rows: number[][], answer: SurfaceAnswer, [low, high]: [number, number], isTurned: boolean, scheme: Scheme) {
  const colours = Array.from({ length: 256 }, (_, at) => ramp(at / 255, scheme));
  const [placeX, placeY] = [placeOf(answer.x), placeOf(answer.y)];
  const across = Float64Array.from({ length: image.width }, (_, px) => placeX(inner.x.invert(px)));
  for (let py = 0; py < image.height; py++) {
    const gy = placeY(inner.y.invert(py));
    if (Number.isNaN(gy)) continue;
    for (let px = 0; px < image.width; px++) {
      const value = sampled(rows, across[px]!, gy);
      if (Number.isNaN(value)) continue;
      const share = high > low ? (value - low) / (high - low) : 0.5;
      image.data.set(colours[Math.round((isTurned ? 1 - share : share) * 255)]!, (py * image.width + px) * 4);
      image.data[(py * image.width + px) * 4 + 3] = 255;
    }
  }
}

function bestOf({ mean, x, y }: SurfaceAnswer, isMax: boolean): { value: number; x: string; y: string } | null {
  let found: { value: number; gx: number; gy: number } | null = null;
  mean.forEach((row, gy) => row.forEach((value, gx) => {
    if (Number.isFinite(value) && (!found || (isMax ? value > found.value : value < found.value))) found = { value, gx, gy };
  }));
  if (!found) return null;
  const { value, gx, gy } = found as { value: number; gx: number; gy: number };
  const say = (axis: GridAxis, at: number) => axis.categories?.[at] ?? number(axis.values[at], 3);
  return { value, x: say(x, gx), y: say(y, gy) };
}

function tableOf({ mean, spread, x, y }: SurfaceAnswer): (string | number)[][] {
  const say = (axis: GridAxis, at: number) => axis.categories?.[at] ?? axis.values[at]!;
  return mean.flatMap((row, gy) => row.map((value, gx) => [say(x, gx), say(y, gy), value, spread[gy]?.[gx] ?? NaN]));
}
