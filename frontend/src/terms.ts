/** The language of filters, as far as the browser needs it: into terms, and back. */

import type { Field } from "./api";
import { short } from "./format";

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const ONE = String.raw`(?:${QUOTED}(?=[,\s]|$)|[^\s,]*)`;
const TERM = new RegExp(String.raw`\s*(?:(${QUOTED}(?=[:=!<>~])|[^\s:=!<>~"]+)(<=|>=|!=|[:=<>~])(${ONE}(?:,${ONE})*)|${QUOTED}|\S+)`, "y");
const PARTED = new RegExp(String.raw`(${ONE})(?:,|$)`, "g");

export interface Term {
  /** As it was written. */
  text: string;
  /** Null for a word that may occur anywhere. */
  field: string | null;
  operator: string;
  /** One, or for `:` those of which one is enough. */
  values: string[];
}

/** The conditions of a filter. */
export function termsOf(filter: string): Term[] {
  const found: Term[] = [];
  const text = filter.trimEnd();
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const match = TERM.exec(text);
    if (!match) break;
    const [whole, field, operator = "", value = ""] = match;
    found.push({ text: whole.trim(), field: field === undefined ? null : plain(field), operator, values: operator === ":" ? valuesIn(value) : [plain(value)] });
  }
  return found;
}

function valuesIn(text: string): string[] {
  if (isList(text)) return [text];
  const found = [...text.matchAll(PARTED)].map((match) => plain(match[1]!));
  // What follows the last one is found as one more that is empty.
  return text ? found.slice(0, -1) : found;
}

function isList(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const plain = (text: string): string => (text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text);

/** A text as filters want it: in quotes if it would be misread without. */
const quoted = (text: string, misread: RegExp): string => (text === "" || misread.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : text);

/** A field as a filter names it. */
export const named = (field: string): string => quoted(field, /[\s:=!<>~"\\]/);

/** The condition that a field has one of some values. */
export const oneOf = (field: string, values: string[]): string => `${named(field)}:${values.map((each) => quoted(each, /[\s,"\\]/)).join(",")}`;

/** The condition that a field is equal to a value. */
export const equals = (field: string, value: string): string => `${named(field)}=${quoted(value, /[\s"\\]/)}`;

/** The conditions of a filter, as they were written. */
export const terms = (filter: string): string[] => termsOf(filter).map((term) => term.text);

export const joined = (parts: string[]): string => parts.filter(Boolean).join(" ");

/** The names by which filters may call a field: in full, and for short where that means no other. */
export function namesOf(field: string, fields: Field[]): string[] {
  const name = short(field);
  const first = fields.find((each) => [name, `hyperparameters.${name}`, `results.${name}`].includes(each.name));
  return first?.name === field ? [field, name] : [field];
}

/** The filter with other conditions on a field, however it is called; none takes those away. */
export const withField = (filter: string, names: string[], conditions: string[]): string =>
  joined([...termsOf(filter).filter((term) => term.field === null || !names.includes(term.field)).map((term) => term.text), ...conditions]);

/** The lower and the upper bound that a filter sets to a field, as they were written. */
export function boundsOf(filter: string, names: string[]): [string, string] {
  const bounds: [string, string] = ["", ""];
  for (const { field, operator, values } of termsOf(filter)) {
    if (field !== null && names.includes(field) && /^[<>]/.test(operator)) bounds[operator.startsWith(">") ? 0 : 1] = values[0] ?? "";
  }
  return bounds;
}

/** The values that a filter allows for a field; empty for all. */
export function valuesOf(filter: string, names: string[]): string[] {
  return termsOf(filter).find(({ field, operator }) => field !== null && names.includes(field) && (operator === ":" || operator === "="))?.values ?? [];
}

/** Fields that a filter names and no job has. */
export function strangers(filter: string, known: string[]): string[] {
  const all = new Set(known.flatMap((each) => [each, short(each)]));
  return [...new Set(termsOf(filter).flatMap(({ field }) => (field === null || all.has(field) ? [] : [field])))];
}
