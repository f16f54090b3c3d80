import { useRef } from "react";
import { number } from "../format";
import type { Axis } from "./axis";
import type { Limit } from "./limits";
import { BOTTOM, HEIGHT, TOP } from "./Parallel";

interface Common {
  axis: Axis;
  limit: Limit | undefined;
  onFlip: () => void;
  onTurn: () => void;
}

interface TitleProps extends Common {
  isFlipped: boolean;
  /** To the next axis, in pixels. */
  room: number;
  onMove: (step: number) => void;
  onSlide: (far: number) => void;
  onDrop: () => void;
}

/** The name of an axis, by which it is moved. */
export function AxisTitle({ axis, isFlipped, room, onMove, onSlide, onDrop, onFlip, onTurn }: TitleProps) {
  const from = useRef<number | null>(null);
  const keys: Record<string, () => void> = { ArrowLeft: () => onMove(-1), ArrowRight: () => onMove(1), f: onFlip, l: onTurn, Enter: onFlip };
  const text = `${axis.name}${axis.kind === "log" ? " (log)" : ""}`;
  const most = Math.max(8, Math.floor(room / 7.5));
  return (
    <g className="handle" role="button" tabIndex={0} aria-label={`Axis ${text}${isFlipped ? ", upside down" : ""}: arrow keys move it, F turns it, L takes logarithms`}
      onKeyDown={(event) => pressed(event, keys)} onDoubleClick={onFlip}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); from.current = event.clientX; }}
      onPointerMove={(event) => { if (from.current !== null && Math.abs(event.clientX - from.current) > 12) onSlide(event.clientX - from.current); }}
      onPointerUp={() => { from.current = null; onDrop(); }}>
      <rect x={-room / 2 + 2} y={0} width={room - 4} height={28} rx={4} />
      <text className="title" y={18} textAnchor="middle">{isFlipped ? "↓ " : ""}{text.length > most ? `${text.slice(0, most - 1)}…` : text}<title>{text}</title></text>
    </g>
  );
}

interface GripProps extends Common {
  onDraft: (from: number, to: number) => void;
  onDone: (from: number, to: number) => void;
  onClear: () => void;
}

/** The part of an axis on which one marks what to keep. */
export function AxisGrip({ axis, limit, onDraft, onDone, onClear, onFlip, onTurn }: GripProps) {
  const from = useRef<number | null>(null);
  const step = (HEIGHT - TOP - BOTTOM) / 20;
  const ends = endsOf(axis, limit);
  const shift = (by: number, more = 0) => {
    const [low, high] = ends ?? [(HEIGHT + TOP - BOTTOM) / 2 - 2 * step, (HEIGHT + TOP - BOTTOM) / 2 + 2 * step];
    if (high + more - (low - more) >= step / 2) onDone(low + by - more, high + by + more);
  };
  const keys: Record<string, () => void> = { ArrowUp: () => shift(-step), ArrowDown: () => shift(step), PageUp: () => shift(0, step / 2), PageDown: () => shift(0, -step / 2), Escape: onClear, Delete: onClear, f: onFlip, l: onTurn };
  return (
    <rect className="grip" x={-16} y={TOP} width={32} height={HEIGHT - TOP - BOTTOM} tabIndex={0} role="slider" aria-label={`Limit ${axis.name}`} aria-orientation="vertical" aria-valuetext={said(limit)}
      aria-valuenow={ends ? Math.round(((HEIGHT - BOTTOM - (ends[0] + ends[1]) / 2) / (HEIGHT - TOP - BOTTOM)) * 100) : 50}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); from.current = local(event); }}
      onPointerMove={(event) => { if (from.current !== null && Math.abs(local(event) - from.current) >= 3) onDraft(from.current, local(event)); }}
      onPointerUp={(event) => {
        const began = from.current;
        from.current = null;
        if (began === null) return;
        if (Math.abs(local(event) - began) >= 3) onDone(began, local(event));
        else if (limit) onClear();
      }}
      onDoubleClick={onClear} onKeyDown={(event) => pressed(event, keys)} />
  );
}

function pressed(event: React.KeyboardEvent, keys: Record<string, () => void>) {
  const act = keys[event.key] ?? keys[event.key.toLowerCase()];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function endsOf(axis: Axis, limit: Limit | undefined): [number, number] | null {
  if (!limit) return null;
  if ("values" in limit) {
    const places = limit.values.map((each) => axis.ticks.find((tick) => tick.label === each)?.at).filter((each) => each !== undefined);
    return places.length ? [Math.min(...places) - 4, Math.max(...places) + 4] : null;
  }
  const places = [limit.low, limit.high].map((each) => Math.min(HEIGHT - BOTTOM, Math.max(TOP, axis.at(each))));
  return [Math.min(...places), Math.max(...places)];
}

const said = (limit: Limit | undefined): string => (!limit ? "no limit" : "values" in limit ? limit.values.join(", ") : `${number(limit.low)} to ${number(limit.high)}`);

const local = (event: React.PointerEvent<SVGRectElement>): number => event.clientY - (event.currentTarget.ownerSVGElement?.getBoundingClientRect().top ?? 0);
