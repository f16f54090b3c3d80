import { useMemo, useRef, useState } from "react";
import type { Columns } from "../api";
import { number, plural } from "../format";
import { useChoice } from "../query";
import { extent, suggestsLog } from "./axis";
import { Ramp } from "./colour";
import { useScheme, viridis } from "./colours";
import { Frame, useWidth } from "./Frame";
import { digitsOf } from "./jobs";
import { abandoned, factor, familyOf, type Node } from "./lineage";
import { FieldSelect } from "./Pickers";
import { Tip, type Line } from "./Tip";
import { nameOf, useView } from "./view";

const ROW = 26;
const LEFT = 84;
const TOP = 34;

interface Props {
  columns: Columns;
  nodes: Node[];
  before: Map<number, number>;
  best: Node | null;
  line: number[];
  fields: string[];
  focus: number | null;
  onFocus: (number: number | null) => void;
}

/** Members downwards, generations to the right: who went on, who copied whom, and how good it was. */
export function Tree({ columns, nodes, before, best, line, fields, focus, onFocus }: Props) {
  const view = useView();
  const scheme = useScheme();
  const [box, width] = useWidth();
  const [shownLine, showLine] = useChoice("line");
  const [coloured, setColour] = useChoice("color");
  const onlyLine = shownLine[0] === "best";
  const names = ["quality", ...fields];
  const colour = coloured[0] !== undefined && names.includes(coloured[0]) ? coloured[0] : "quality";
  const [spot, setSpot] = useState<number | null>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const byNumber = useMemo(() => new Map(nodes.map((each) => [each.number, each])), [nodes]);
  const onLine = useMemo(() => new Set(line), [line]);
  const family = useMemo(() => (focus === null ? null : familyOf(focus, before)), [focus, before]);
  const ended = useMemo(() => abandoned(nodes, before), [nodes, before]);
  const members = useMemo(() => [...new Set(nodes.map((each) => each.member))].sort((a, b) => a - b), [nodes]);
  const rowOf = useMemo(() => new Map(members.map((member, at) => [member, at])), [members]);
  const last = nodes.reduce((most, node) => Math.max(most, node.generation), 1);
  const across = Math.max(width, LEFT + 60 + last * 26);
  const x = (node: Node) => LEFT + 12 + (node.generation * (across - LEFT - 40)) / last;
  const y = (node: Node) => TOP + rowOf.get(node.member)! * ROW;
  const height = TOP + members.length * ROW;
  const painter = useMemo(() => painterOf(columns, colour, colour === "quality" && !view.isMax, scheme), [columns, colour, view.isMax, scheme]);
  const isShown = (each: number) => !onlyLine || onLine.has(each);
  const isDim = (each: number) => family !== null && !family.has(each);
  const copies = nodes.filter((each) => { const from = byNumber.get(before.get(each.number) ?? -1); return from && from.member !== each.member; }).length;
  const summary = `${plural(members.length, "member")}, up to ${plural(last + 1, "generation")}; ${plural(copies, "time")} a member copied another.${best ? ` The best job, ${number(best.number)}, has ${number(best.quality, 5)}; its line has ${plural(line.length, "job")}.` : ""}`;
  const shown = spot === null ? undefined : byNumber.get(spot);
  const step = (keys: { generation: number; row: number }) => {
    const here = shown ?? (focus === null ? undefined : byNumber.get(focus)) ?? best ?? nodes[0];
    if (!here) return;
    const row = Math.min(members.length - 1, Math.max(0, rowOf.get(here.member)! + keys.row));
    const reach = nodes.filter((each) => rowOf.get(each.member) === row && isShown(each.number) && (keys.generation === 0 || Math.sign(each.generation - here.generation) === keys.generation));
    const next = reach.reduce<Node | null>((near, each) => (!near || Math.abs(each.generation - here.generation) < Math.abs(near.generation - here.generation) ? each : near), null);
    setSpot((next ?? here).number);
  };
  const onKey = (event: React.KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      ArrowRight: () => step({ generation: 1, row: 0 }), ArrowLeft: () => step({ generation: -1, row: 0 }), ArrowUp: () => step({ generation: 0, row: -1 }), ArrowDown: () => step({ generation: 0, row: 1 }),
      Enter: () => shown && view.pick(shown.number), " ": () => shown && onFocus(shown.number === focus ? null : shown.number), Escape: () => { setSpot(null); onFocus(null); },
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  return (
    <Frame title="Lineage" summary={summary} className="wide" head={["job", "member", "generation", "after job", nameOf(view, "quality"), ...fields.map((field) => nameOf(view, field))]}
      rows={() => nodes.map((each) => [each.number, each.member, each.generation, before.get(each.number) ?? "", digitsOf(each.quality), ...fields.map((field) => digitsOf(columns.data.get(field)?.[each.at] ?? NaN))])}
      aside={<>
        {focus !== null && <><span className="dim">job {number(focus)} and its family</span><button onClick={() => view.pick(focus)}>Open it</button><button className="quiet" onClick={() => onFocus(null)}>Show all</button></>}
        <FieldSelect label="Colour" value={colour} fields={names} onChange={(name) => setColour(name === "quality" ? [] : [name])} />
        <label className="inline small"><input type="checkbox" checked={onlyLine} onChange={(event) => showLine(event.target.checked ? ["best"] : [])} /> only ancestors of the best</label>
      </>}
      legend={<>
        <Ramp name={nameOf(view, colour)} from={painter.from} to={painter.to} scheme={scheme} />
        <p className="legend"><span><i className="key-line winning-key" /> line of the best</span><span><i className="key-line copied-key" /> copied another</span><span>✕ given up</span><span>★ best</span></p>
      </>}>
      <div ref={box} className="plot wide-scroll">
        {width > 0 && (
          <div className="plot">
            <svg ref={drawing} className="drawing still" width={across} height={height} role="application" aria-label={`${summary} Arrow keys go from job to job, space shows its family, Enter opens it.`} tabIndex={0} onKeyDown={onKey} onBlur={() => setSpot(null)} onPointerLeave={() => setSpot(null)}>
              <text className="name" x={LEFT + 12} y={12}>generation →</text>
              {members.map((member, at) => <text key={member} x={LEFT - 10} y={TOP + at * ROW} textAnchor="end" dominantBaseline="middle">member {member}</text>)}
              {nodes.map((node) => {
                const from = byNumber.get(before.get(node.number) ?? -1);
                if (!from || !isShown(node.number)) return null;
                const isBest = onLine.has(node.number) && onLine.has(from.number);
                const kind = isBest ? "edge winning" : from.member === node.member ? "edge" : "edge copied";
                return <path key={node.number} className={isDim(node.number) ? `${kind} dimmed` : kind} d={curve([x(from), y(from)], [x(node), y(node)])} fill="none" />;
              })}
              {nodes.map((node) => (isShown(node.number) ? (
                <g key={node.number} className={isDim(node.number) ? "dimmed" : undefined} onClick={() => onFocus(node.number === focus ? null : node.number)} onDoubleClick={() => view.pick(node.number)} onPointerEnter={() => setSpot(node.number)}>
                  <circle className="reach-of-node" cx={x(node)} cy={y(node)} r={12} />
                  <circle className={Number.isNaN(node.quality) ? "node hollow" : "node"} cx={x(node)} cy={y(node)} r={node.number === focus ? 8 : 5.5} fill={painter.colour(node.at)} />
                  {ended.has(node.number) && <path className="given-up" d={`M${x(node) + 6} ${y(node) - 10}l6 6m0 -6l-6 6`} />}
                  {node.number === best?.number && <text className="star" x={x(node)} y={y(node) - 9} textAnchor="middle">★</text>}
                </g>
              ) : null))}
              {shown && <circle className="spot" cx={x(shown)} cy={y(shown)} r={9} />}
            </svg>
            {shown && <Tip x={x(shown)} y={y(shown)} width={across} lines={sayNode(shown, byNumber.get(before.get(shown.number) ?? -1), columns, fields, (field) => nameOf(view, field))} hint="Click shows its family, a double click opens it" />}
          </div>
        )}
      </div>
    </Frame>
  );
}

/** To the next generation in a soft step; within one, in a bow beside it. */
function curve([x0, y0]: [number, number], [x1, y1]: [number, number]): string {
  if (Math.abs(x1 - x0) < 2) return `M${x0} ${y0}C${x0 - 20} ${y0} ${x1 - 20} ${y1} ${x1} ${y1}`;
  const middle = (x0 + x1) / 2;
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
}

/** A job, and what was changed on the way to it. */
export function sayNode(node: Node, from: Node | undefined, columns: Columns, fields: string[], name: (field: string) => string): Line[] {
  const came = from === undefined ? "began the line" : from.member === node.member ? `continues job ${number(from.number)}` : `copied job ${number(from.number)} of member ${from.member}`;
  const values = fields.map((field): Line => {
    const now = columns.data.get(field)?.[node.at];
    const by = factor(from && columns.data.get(field)?.[from.at], now);
    return [name(field), `${number(now, 4)}${by === null ? "" : ` ×${number(by, 3)}`}`];
  });
  return [["job", `${number(node.number)}, ${node.status.toLowerCase()}`], ["member", `${node.member}, generation ${node.generation}`], [name("quality"), number(node.quality, 5)], ["origin", came], ...values];
}

function painterOf(columns: Columns, field: string, isTurned: boolean, scheme: "light" | "dark") {
  const values = columns.data.get(field) ?? new Float32Array(0);
  const span = extent(values) ?? { low: 0, high: 1 };
  const bend = suggestsLog(values) ? Math.log : (value: number) => value;
  const colour = (at: number) => {
    const share = (bend(values[at]!) - bend(span.low)) / (bend(span.high) - bend(span.low) || 1);
    return Number.isFinite(share) ? viridis(isTurned ? 1 - share : share, scheme) : "transparent";
  };
  return { colour, from: number(isTurned ? span.high : span.low, 3), to: number(isTurned ? span.low : span.high, 3) };
}
