/**
 * What is marked in charts, written in the language of filters. Limits that a filter holds are found
 * again, so that the address alone says what is marked.
 */

import type { Columns } from "../api";
import { named, oneOf, termsOf, type Term } from "../terms";

export interface Range {
  low: number;
  high: number;
}

/** Between two numbers, both included, or one of some categories. */
export type Limit = Range | { values: string[] };
export type Limits = Record<string, Limit>;

const round = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(6)));

/** A limit in words. */
export function termOf(field: string, limit: Limit): string {
  if ("values" in limit) return oneOf(field, limit.values);
  return `${named(field)}>=${round(limit.low)} ${named(field)}<=${round(limit.high)}`;
}

/** A filter with limits set, in place of those that it had on the same fields; null takes one away. */
export function withLimits(filter: string, limits: Record<string, Limit | null>): string {
  const kept = termsOf(filter).filter((term) => term.field === null || !(term.field in limits) || !isLimit(term));
  const added = Object.entries(limits).flatMap(([field, limit]) => (limit ? [termOf(field, limit)] : []));
  return [...kept.map((term) => term.text), ...added].join(" ");
}

const isLimit = (term: Term): boolean => [">=", "<=", ":"].includes(term.operator);

/**
 * Take a filter apart: limits on the fields that charts have at hand, which they apply by
 * themselves, and the rest, which the server applies.
 */
export function split(filter: string, fields: readonly string[]): { limits: Limits; rest: string } {
  const ranges = new Map<string, Range>();
  const limits: Limits = {};
  const rest: string[] = [];
  for (const term of termsOf(filter)) {
    const value = Number(term.values[0]);
    const isHere = term.field !== null && fields.includes(term.field) && term.values[0] !== "";
    if (isHere && (term.operator === ">=" || term.operator === "<=") && Number.isFinite(value)) {
      const range = ranges.get(term.field!) ?? { low: -Infinity, high: Infinity };
      ranges.set(term.field!, term.operator === ">=" ? { ...range, low: Math.max(range.low, value) } : { ...range, high: Math.min(range.high, value) });
    } else if (isHere && term.operator === ":" && !(term.field! in limits) && term.field !== "status") {
      limits[term.field!] = { values: term.values };
    } else rest.push(term.text);
  }
  return { limits: { ...limits, ...Object.fromEntries(ranges) }, rest: rest.join(" ") };
}

/** Which jobs lie within all limits. */
export function within(columns: Columns, limits: Limits): Uint8Array {
  const chosen = new Uint8Array(columns.n).fill(1);
  for (const [field, limit] of Object.entries(limits)) {
    const values = columns.data.get(field);
    if (values) narrow(chosen, values, limit, columns.categories.get(field) ?? null);
  }
  return chosen;
}

function narrow(chosen: Uint8Array, values: Float32Array, limit: Limit, categories: string[] | null) {
  if ("values" in limit) {
    const wanted = new Set(limit.values.map((each) => each.toLowerCase()));
    const allowed = categories?.map((each) => wanted.has(each.toLowerCase()));
    const numbers = new Set(limit.values.map((each) => Math.fround(Number(each))));
    for (let at = 0; at < values.length; at++) if (!(allowed ? allowed[values[at]!] : numbers.has(values[at]!))) chosen[at] = 0;
    return;
  }
  const [low, high] = [Math.fround(round(limit.low)), Math.fround(round(limit.high))];
  for (let at = 0; at < values.length; at++) if (!(values[at]! >= low && values[at]! <= high)) chosen[at] = 0;
}

/** The jobs that are chosen, as columns again. */
export function pickRows(columns: Columns, chosen: Uint8Array): Columns {
  const rows: number[] = [];
  for (let at = 0; at < columns.n; at++) if (chosen[at]) rows.push(at);
  if (rows.length === columns.n) return columns;
  const data = new Map([...columns.data].map(([name, values]) => [name, Float32Array.from(rows, (at) => values[at]!)] as const));
  return { ...columns, n: rows.length, data };
}

/** Limits on fields of whole numbers as whole numbers; where none lies within, nothing is changed. */
export function atWholes(limits: Record<string, Limit | null>, columns: Columns): Record<string, Limit | null> {
  return Object.fromEntries(Object.entries(limits).map(([field, limit]) => {
    const values = columns.data.get(field);
    if (!limit || "values" in limit || !values?.every((each) => Number.isNaN(each) || Number.isInteger(each))) return [field, limit];
    const [low, high] = [Math.ceil(limit.low), Math.floor(limit.high)];
    return [field, low <= high ? { low, high } : limit];
  }));
}

/** The limit that a window of an axis means. */
export function limitOf({ low, high }: Range, categories: string[] | null): Limit {
  if (!categories) return { low, high };
  return { values: categories.filter((_, at) => at >= low && at <= high) };
}
