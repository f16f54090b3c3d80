/** What is said of a job that one points at, and what a table says of it. */

import type { Columns } from "../api";
import { number } from "../format";
import type { Line } from "./Tip";
import { nameOf, type View } from "./view";

export function valueAt(columns: Columns, field: string, at: number): string {
  const value = columns.data.get(field)?.[at];
  const label = value === undefined ? undefined : columns.categories.get(field)?.[value];
  if (label !== undefined) return label.length > 40 ? `${label.slice(0, 39)}…` : label;
  if (value !== undefined && ["started", "finished", "created"].includes(field)) return Number.isNaN(value) ? "–" : moment(columns, value);
  return value === undefined || Number.isNaN(value) ? "–" : number(value, 5);
}

export const moment = (columns: Pick<Columns, "start">, seconds: number): string => new Date((columns.start + seconds) * 1000).toLocaleString();

export function sayJob(view: Pick<View, "experiment" | "colour">, columns: Columns, at: number, fields: string[]): Line[] {
  const named = [...new Set([...fields, view.colour].filter((field) => field && field !== "number" && columns.data.has(field)))];
  return [["job", number(columns.data.get("number")?.[at])], ...named.map((field): Line => [nameOf(view, field), valueAt(columns, field, at)])];
}

/** Rows for the table twin, each value as it is. */
export function rowsOf(columns: Columns, fields: string[], chosen?: Uint8Array): (string | number)[][] {
  const rows: (string | number)[][] = [];
  for (let at = 0; at < columns.n; at++) {
    if (chosen && !chosen[at]) continue;
    rows.push(fields.map((field) => {
      const value = columns.data.get(field)?.[at] ?? NaN;
      return columns.categories.get(field)?.[value] ?? (Number.isNaN(value) ? "" : value);
    }));
  }
  return rows;
}
