import { number, plural, short } from "../format";
import { Loaded, noted, useAnalysis, type Analysis } from "./answers";
import { Empty, Frame, useWidth } from "./Frame";
import { analysed, nameOf, useView } from "./view";

export interface ImportanceAnswer extends Analysis {
  target: string;
  method: string;
  fit: { r2: number | null; spread: number | null } | null;
  items: { field: string; importance: number; spread: number }[];
}

const MOST = 12;
const ROW = 30;

/** How much each hyperparameter matters. */
export function Importance() {
  const view = useView();
  const query = useAnalysis<ImportanceAnswer>(view, "importance", { target: view.target });
  return <Loaded title="Importance" query={query}>{(answer) => <Bars answer={answer} />}</Loaded>;
}

function Bars({ answer }: { answer: ImportanceAnswer }) {
  const view = useView();
  const [box, width] = useWidth();
  const goal = nameOf(view, view.target);
  const title = `What matters for ${goal}`;
  const first = answer.items[0];
  if (!first || answer.items.every((each) => each.importance === 0)) return <Empty title={title}>{answer.note ?? `No hyperparameter was seen to matter for ${goal} yet.`}</Empty>;
  const shown = answer.items.slice(0, MOST);
  const rest = answer.items.slice(MOST);
  const left = Math.min(150, Math.max(60, width * 0.32));
  const most = Math.max(...shown.map((each) => Math.min(1, each.importance + each.spread)));
  const at = (share: number) => left + (Math.max(0, Math.min(1, share)) / most) * Math.max(1, width - left - 96);
  const r2 = answer.fit?.r2;
  const summary = `${short(first.field)} matters most, ${percent(first.importance)} of what the hyperparameters explain; computed from ${plural(answer.used, "job")}${typeof r2 === "number" ? ` by a model with R² ${number(r2, 2)}${r2 < 0.3 ? ", so take it with care" : ""}` : ""}.${rest.length ? ` ${plural(rest.length, "more")} below ${percent(shown.at(-1)!.importance)}: see the table.` : ""}${noted(answer)}`;
  return (
    <Frame title={title} summary={summary} commands={analysed(view, { kind: "importance", target: view.target })} head={["hyperparameter", "importance", "standard deviation"]} rows={() => answer.items.map((each) => [short(each.field), each.importance, each.spread])}>
      <div ref={box} className="plot" style={{ height: shown.length * ROW + 4 }}>
        {width > 0 && (
          <svg className="drawing" width={width} height={shown.length * ROW + 4} role="img" aria-label={summary}>
            {shown.map((each, place) => {
              const middle = place * ROW + ROW / 2 + 2;
              const ends = [at(each.importance - each.spread), at(Math.min(1, each.importance + each.spread))] as const;
              return (
                <g key={each.field}>
                  <title>{`${short(each.field)}: ${percent(each.importance)} ± ${percent(each.spread)}`}</title>
                  <text className="item" x={left - 10} y={middle} textAnchor="end" dominantBaseline="middle">{fit(short(each.field), left)}</text>
                  <rect className="bar" x={left} y={middle - 8} width={Math.max(1, at(each.importance) - left)} height={16} rx={3} />
                  <path className="whisker" d={`M${ends[0]} ${middle}H${ends[1]}M${ends[0]} ${middle - 4}v8M${ends[1]} ${middle - 4}v8`} />
                  <text x={ends[1] + 8} y={middle} dominantBaseline="middle">{percent(each.importance)} ± {(each.spread * 100).toFixed(each.spread < 0.1 ? 1 : 0)}</text>
                </g>
              );
            })}
          </svg>
        )}
      </div>
    </Frame>
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const fit = (name: string, width: number): string => { const most = Math.floor((width - 12) / 7); return name.length > most ? `${name.slice(0, most - 1)}…` : name; };
