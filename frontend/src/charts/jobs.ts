/** What is said of a job that one points at, and what a table says of it. */

import type { Columns } from "../api";
import { number } from "../format";
import type { Line } from "./Tip";
import { nameOf, type View } from "./view";

const MOMENTS = ["created", "started", "finished"];

export function valueAt(columns: Columns, field: string, at: number): string {
  const value = columns.data.get(field)?.[at];
  const label = value === undefined ? undefined : columns.categories.get(field)?.[value];
  if (label !== undefined) return label.length > 40 ? `${label.slice(0, 39)}…` : label;
  if (value !== undefined && MOMENTS.includes(field)) return Number.isNaN(value) ? "–" : moment(columns, value);
  return value === undefined || Number.isNaN(value) ? "–" : number(value, 5);
}

const dateOf = (columns: Pick<Columns, "start">, seconds: number): Date => new Date((columns.start + seconds) * 1000);

export const moment = (columns: Pick<Columns, "start">, seconds: number): string => dateOf(columns, seconds).toLocaleString();

/** A moment as programs read it. */
export const isoMoment = (columns: Pick<Columns, "start">, seconds: number): string => (Number.isFinite(seconds) ? dateOf(columns, seconds).toISOString() : "");

/** A number of 32 bits with no more digits than tell it from others. */
export function digitsOf(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

export function sayJob(view: Pick<View, "experiment" | "colour">, columns: Columns, at: number, fields: string[]): Line[] {
  const named = [...new Set([...fields, view.colour].filter((field) => field && field !== "number" && columns.data.has(field)))];
  return [["job", number(columns.data.get("number")?.[at])], ...named.map((field): Line => [nameOf(view, field), valueAt(columns, field, at)])];
}

/** Rows for the table twin, each value as it was sent. */
export function rowsOf(columns: Columns, fields: string[], chosen?: Uint8Array): (string | number)[][] {
  const rows: (string | number)[][] = [];
  for (let at = 0; at < columns.n; at++) {
    if (chosen && !chosen[at]) continue;
    rows.push(fields.map((field) => {
      const value = columns.data.get(field)?.[at] ?? NaN;
      if (MOMENTS.includes(field)) return isoMoment(columns, value);
      return columns.categories.get(field)?.[value] ?? (Number.isNaN(value) ? "" : digitsOf(value));
    }));
  }
  return rows;
}
