/** The language of filters, as far as the browser needs it: into terms, and back. */

const TERM = /\s*([^\s:=!<>~"]+(?:<=|>=|!=|[:=<>~])(?:"(?:[^"\\]|\\.)*"|\S*)|"(?:[^"\\]|\\.)*"|\S+)/y;

/** The conditions of a filter, as they were written. */
export function terms(filter: string): string[] {
  const found: string[] = [];
  const text = filter.trimEnd();
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const term = TERM.exec(text)?.[1];
    if (term === undefined) break;
    found.push(term);
  }
  return found;
}

export const joined = (parts: string[]): string => parts.filter(Boolean).join(" ");

/** A value as filters want it: in quotes if it would be misread without. */
export const quoted = (value: string): string => (value === "" || /[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value);

export const fieldOf = (term: string): string | null => /^([^\s:=!<>~"]+)(?:<=|>=|!=|[:=<>~])/.exec(term)?.[1] ?? null;

/** The filter with other conditions on a field; none takes those that are there away. */
export const withField = (filter: string, field: string, conditions: string[]): string =>
  joined([...terms(filter).filter((term) => fieldOf(term) !== field), ...conditions]);

/** The lower and the upper bound that a filter sets to a field, as they were written. */
export function boundsOf(filter: string, field: string): [string, string] {
  const bounds: [string, string] = ["", ""];
  for (const term of terms(filter)) {
    const match = /^([^\s:=!<>~"]+)([<>])=?(\S+)$/.exec(term);
    if (match?.[1] === field) bounds[match[2] === ">" ? 0 : 1] = match[3] ?? "";
  }
  return bounds;
}

/** The values that a filter allows for a field; empty for all. */
export function valuesOf(filter: string, field: string): string[] {
  const term = terms(filter).find((each) => fieldOf(each) === field && each.startsWith(`${field}:`));
  return term ? term.slice(field.length + 1).replace(/^"(.*)"$/, "$1").replace(/\\(.)/g, "$1").split(",") : [];
}

/** Whether a field can be named in a filter at all. */
export const canFilter = (field: string): boolean => !/[\s:=!<>~"]/.test(field);
