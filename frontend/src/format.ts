/** Numbers, times and values as people read them. */

import { write } from "./json";

/** 1,234,567. The browser's own way reads its tables of all languages first, for 30 ms. */
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

export function number(value: number | bigint | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "bigint") return String(value);
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return grouped(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(digits - 2).replace("e+", "e");
  return String(Number(value.toPrecision(digits)));
}

export function value(item: unknown): string {
  if (typeof item === "number" || typeof item === "bigint") return number(item, 5);
  if (item === null || item === undefined) return "–";
  const text = typeof item === "string" ? item : write(item);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const STEPS: [number, string][] = [
  [60, "s"],
  [60, "min"],
  [24, "h"],
  [Infinity, "d"],
];

export function duration(seconds: number): string {
  let left = seconds;
  for (const [size, unit] of STEPS) {
    if (left < size) return `${left < 10 && unit !== "s" ? Number(left.toFixed(1)) : Math.round(left)} ${unit}`;
    left /= size;
  }
  return "";
}

export function ago(moment: string, now: number = Date.now()): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  return seconds < 3 ? "now" : `${duration(seconds)} ago`;
}

/** A moment by the clock of this place, or of Greenwich; cheap, for where there are many. */
export function stamp(moment: Date, zone: "local" | "utc"): string {
  const shifted = zone === "utc" ? moment : new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19).replace("T", " ");
}

export const plural = (count: number, word: string): string => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

/** `hyperparameters.lr` is `lr` to people, as long as nothing else is called so. */
export const short = (field: string): string => field.replace(/^(hyperparameters|results)\./, "");
