import { useMemo } from "react";
import type { Columns } from "../api";
import { number, plural } from "../format";
import { useChoice } from "../query";
import { Loaded, useMore } from "./answers";
import type { Spec } from "./axis";
import { failuresBy, gap, type Failures as Found } from "./failures";
import { Empty, Frame } from "./Frame";
import { FieldSelect } from "./Pickers";
import { Plot, type Marks } from "./Plot";
import { exported, nameOf, useView } from "./view";

/** How often jobs crash, by the value of a hyperparameter. */
export function Failures() {
  const view = useView();
  const names = useMemo(() => [...view.names.filter((each) => each.startsWith("hyperparameters.")), "worker"], [view.names]);
  const fields = useMemo(() => ["status", ...names], [names]);
  return <Loaded title="Failure rate" query={useMore(view, fields)}>{(columns) => <Drawn columns={columns} names={names} />}</Loaded>;
}

const digits = (value: number) => number(value, 3);

function Drawn({ columns, names }: { columns: Columns; names: string[] }) {
  const view = useView();
  const [[chosen], choose] = useChoice("failures");
  const all = useMemo(() => new Map(names.filter((each) => columns.data.has(each)).map((each) => [each, failuresBy(columns, each, digits)])), [columns, names]);
  const telling = useMemo(() => [...all].reduce<[string, number]>((best, [name, found]) => (gap(found) > best[1] ? [name, gap(found)] : best), [names[0]!, -Infinity])[0], [all, names]);
  const field = chosen !== undefined && all.has(chosen) ? chosen : telling;
  const found = all.get(field);
  if (!found?.ended) return <Empty title="Failure rate">No job has ended yet. How often they crash, by each hyperparameter, is drawn here.</Empty>;
  if (!found.failed) return <Empty title="Failure rate">None of {plural(found.ended, "job")} that ended crashed.</Empty>;
  const picker = <FieldSelect label="by" value={field} fields={[...all.keys()]} onChange={(name) => choose([name])} />;
  return <Bars found={found} field={field} name={nameOf(view, field)} picker={picker} isTelling={field === telling && !chosen && gap(found) > 0} />;
}

const MOST = 40;

function Bars({ found, field, name, picker, isTelling }: { found: Found; field: string; name: string; picker: React.ReactNode; isTelling: boolean }) {
  const view = useView();
  const groups = useMemo(() => (found.groups.length > MOST ? [...found.groups].sort((a, b) => b.low - a.low).slice(0, MOST) : found.groups), [found]);
  const marks = useMemo((): Marks => ({ xs: Float32Array.from(groups, (_, at) => at), ys: Float32Array.from(groups, (group) => group.share * 100), isHidden: true, say: (at) => { const group = groups[at]!; return [[name, group.label], ["crashed", `${number(group.failed)} of ${number(group.ended)}`], ["rate", `${percent(group.share)} (${percent(group.low)} to ${percent(group.high)})`]]; } }), [groups, name]);
  const base = found.failed / found.ended;
  const worst = groups.reduce((most, group) => (group.low > most.low ? group : most), groups[0]!);
  const x = useMemo((): Spec => ({ name, kind: "category", span: { low: -0.5, high: groups.length - 0.5 }, categories: groups.map((group) => group.label) }), [name, groups]);
  const top = Math.min(100, Math.max(...groups.map((group) => group.high)) * 105);
  const summary = `${percent(base)} of ${plural(found.ended, "job")} that ended crashed; most at ${name} ${worst.label}: ${number(worst.failed)} of ${number(worst.ended)}.${isTelling ? ` Of all fields, ${name} tells most about it.` : ""}${found.without ? ` ${plural(found.without, "job")} without ${name}.` : ""}${groups.length < found.groups.length ? ` The worst ${number(groups.length)} of ${number(found.groups.length)} values.` : ""} Whiskers are 95 % intervals.`;
  return (
    <Frame title={`Failure rate by ${name}`} summary={summary} commands={exported(view, ["status", field])} aside={picker} head={[name, "crashed", "ended", "rate", "low", "high"]} rows={() => found.groups.map((group) => [group.label, group.failed, group.ended, group.share, group.low, group.high])}>
      <Plot id={`failures-${field}`} label={summary} x={x} y={{ name: "crashed (%)", kind: "linear", span: { low: 0, high: top } }} marks={marks}>
        {({ x: across, y, width, height }) => {
          const step = Math.abs(across.at(1) - across.at(0));
          return (
            <>
              {groups.map((group, at) => {
                const middle = across.at(at);
                const half = Math.min(22, step * 0.36);
                return (
                  <g key={at}>
                    <rect className="bar bad" x={middle - half} width={half * 2} y={y.at(group.share * 100)} height={Math.max(0, height - y.at(group.share * 100))} rx={2} />
                    <path className="whisker" d={`M${middle} ${y.at(group.low * 100)}V${y.at(group.high * 100)}M${middle - 4} ${y.at(group.low * 100)}h8M${middle - 4} ${y.at(group.high * 100)}h8`} />
                  </g>
                );
              })}
              <line className="diagonal" x1={0} x2={width} y1={y.at(base * 100)} y2={y.at(base * 100)} />
            </>
          );
        }}
      </Plot>
    </Frame>
  );
}

const percent = (share: number): string => `${number(share * 100, 2)} %`;
