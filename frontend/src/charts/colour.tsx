/** Which colour each job has, by a field that somebody chose, and what the colours mean. */

import { useMemo } from "react";
import type { Columns } from "../api";
import { number } from "../format";
import { extent, suggestsLog } from "./axis";
import { css, GREY, ofCategory, ofStatus, ramp, useScheme, viridis, type Rgb, type Scheme } from "./colours";
import { nameOf, useView, type View } from "./view";

export interface Colours {
  rgb: Uint8Array;
  key: Key;
}

type Key = { kind: "ramp"; name: string; from: string; to: string } | { kind: "list"; name: string; items: [string, Rgb][] };

export function useColours(columns: Columns): Colours | null {
  const view = useView();
  const scheme = useScheme();
  return useMemo(() => (view.colour ? coloursOf(view, columns, scheme) : null), [view.colour, view.isMax, view.experiment.objective?.result, columns, scheme]); // eslint-disable-line
}

export function coloursOf(view: Pick<View, "colour" | "experiment" | "isMax">, columns: Columns, scheme: Scheme): Colours | null {
  const values = columns.data.get(view.colour);
  if (!values) return null;
  const name = nameOf(view, view.colour);
  const categories = columns.categories.get(view.colour);
  if (categories) {
    const list = categories.map((each, at): [string, Rgb] => [each, view.colour === "status" ? ofStatus(each) : ofCategory(at)]);
    return { rgb: painted(values, (value) => list[value]?.[1] ?? GREY), key: { kind: "list", name, items: list } };
  }
  const isLog = suggestsLog(values);
  const span = extent(values, 0.01, isLog) ?? { low: 0, high: 1 };
  const bend = isLog ? Math.log : (value: number) => value;
  const isTurned = view.colour === "quality" && !view.isMax;
  const share = (value: number) => (bend(value) - bend(span.low)) / (bend(span.high) - bend(span.low) || 1);
  const steps = Array.from({ length: 65 }, (_, at) => ramp(at / 64, scheme));
  const colour = (value: number): Rgb => {
    if (Number.isNaN(value)) return GREY;
    const at = Math.round(Math.min(1, Math.max(0, share(value))) * 64);
    return steps[isTurned ? 64 - at : at]!;
  };
  const ends = [number(span.low, 3), number(span.high, 3)] as const;
  return { rgb: painted(values, colour), key: { kind: "ramp", name, from: isTurned ? ends[1] : ends[0], to: isTurned ? ends[0] : ends[1] } };
}

function painted(values: Float32Array, colour: (value: number) => Rgb): Uint8Array {
  const rgb = new Uint8Array(values.length * 3);
  values.forEach((value, at) => rgb.set(colour(value), at * 3));
  return rgb;
}

const MOST = 8;

export function Legend({ of }: { of: Key | null | undefined }) {
  const scheme = useScheme();
  if (!of) return null;
  if (of.kind === "ramp") return <Ramp name={of.name} from={of.from} to={of.to} scheme={scheme} />;
  const more = of.items.length - MOST;
  return (
    <p className="legend">{of.name && <b><bdi>{of.name}</bdi></b>}
      {of.items.slice(0, MOST).map(([text, colour]) => <span key={text}><i style={{ background: css(colour) }} /> <bdi>{text.length > 24 ? `${text.slice(0, 23)}…` : text.toLowerCase() === text || of.name !== "status" ? text : text.toLowerCase()}</bdi></span>)}
      {more > 0 && <span>and {number(more)} more</span>}
    </p>
  );
}

export function Ramp({ name, from, to, scheme }: { name: string; from: string; to: string; scheme: Scheme }) {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => viridis(share, scheme));
  return <p className="legend"><b><bdi>{name}</bdi></b> <span>{from} <i className="ramp" style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} /> {to}</span></p>;
}
