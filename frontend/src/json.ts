/**
 * JSON as Schedy's server writes it: with the bare words NaN, Infinity and -Infinity, and with
 * integers of any size. Those that no float holds are read as bigint, so that nothing is rounded.
 */

/** Begins the texts that stand for what JSON.parse and JSON.stringify don't know. */
const MARK = "\u0000";
const ESCAPED = '"\\u0000';

const TEXT = String.raw`"(?:[^"\\]|\\.)*"(?:\s*:)?`;
const READ = new RegExp(String.raw`${TEXT}|-?\b(?:NaN|Infinity)\b|-?\d[\d.eE+-]*`, "g");
const WRITTEN = new RegExp(TEXT, "g");
const INTEGER = /^-?[1-9]\d{15,}$/;
/** All that is looked for in most answers, as JSON.parse is many times as fast. */
const HAS_LARGE = /(?:^|[[,:\s-])\d{16}/;

export function parse(text: string): unknown {
  if (HAS_LARGE.test(text)) return parseAll(text);
  try {
    return JSON.parse(text);
  } catch {
    return parseAll(text);
  }
}

function parseAll(text: string): unknown {
  return JSON.parse(text.replace(READ, marked), (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? meant(value.slice(1)) : value,
  );
}

function marked(word: string): string {
  if (word.startsWith('"')) return isMarked(word) ? `${ESCAPED}${word.slice(1)}` : word;
  const isPlain = /\d/.test(word) && !(INTEGER.test(word) && !Number.isSafeInteger(Number(word)));
  return isPlain ? word : `${ESCAPED}${word}"`;
}

/** Whether a text begins with the mark by itself; the names of members are left as they are. */
const isMarked = (word: string): boolean => word.startsWith(ESCAPED) && !word.endsWith(":");

function meant(word: string): unknown {
  if (word.startsWith(MARK)) return word;
  return /\d/.test(word) ? BigInt(word) : Number(word);
}

/** The same, the other way round. */
export function write(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === "string") return each.startsWith(MARK) ? MARK + each : each;
    const word = typeof each === "bigint" ? String(each) : typeof each === "number" ? unusual(each) : null;
    return word === null ? each : MARK + word;
  }, indent) as string | undefined;
  if (text === undefined) return "null";
  if (!text.includes(ESCAPED)) return text;
  return text.replace(WRITTEN, (word) => {
    if (!isMarked(word)) return word;
    const inner = word.slice(ESCAPED.length);
    return inner.startsWith("\\u0000") ? `"${inner}` : inner.slice(0, -1);
  });
}

/** What to write for a number that JSON has not, or that would be read as an integer. */
function unusual(value: number): string | null {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return "-0.0";
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : null;
}
