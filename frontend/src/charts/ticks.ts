/** Which ticks of an axis get a label, and where it stands: none lies upon another or sticks out. */

import type { Axis } from "./axis";

export interface Label {
  /** Where the tick is. */
  at: number;
  /** Where the middle of its label is: beside the tick where the picture ends. */
  middle: number;
  label: string;
}

const GAP = 6; // pixels between two labels
const OVER = 12; // that a label may stick out at the ends
const NARROW = /[.,:;'|il ]/;
const WIDE = /[mwMW]/;

/** About how wide a text of 12 pixels is. */
export function widthOf(text: string): number {
  return [...text].reduce((sum, sign) => sum + (NARROW.test(sign) ? 4 : WIDE.test(sign) ? 11 : 7.4), 0);
}

/** Labels beneath an axis that is so wide. */
export function labelsAcross(ticks: Axis["ticks"], width: number): Label[] {
  const placed = ticks.map(({ at, label }) => {
    const half = widthOf(label) / 2 - OVER;
    return { at, label, middle: Math.max(half, Math.min(width - half, at)) };
  });
  return apart(placed, (a, b) => (widthOf(a.label) + widthOf(b.label)) / 2 + GAP);
}

const LINE = 13; // pixels that a line of text is high

/** Labels beside an axis. */
export const labelsAlong = (ticks: Axis["ticks"]): Label[] => apart(ticks.map((tick) => ({ ...tick, middle: tick.at })), () => LINE);

/** Even ticks are thinned out evenly; of others those go that lie upon the one before. */
function apart(labels: Label[], least: (a: Label, b: Label) => number): Label[] {
  const sorted = labels.sort((a, b) => a.at - b.at).filter((each, at, all) => each.label !== all[at - 1]?.label);
  const fits = (a: Label, b: Label) => b.middle - a.middle >= least(a, b);
  if (isEven(sorted)) {
    let every = 1;
    while (!sorted.every((each, at) => at < every || at % every || fits(sorted[at - every]!, each))) every++;
    return sorted.filter((_, at) => at % every === 0);
  }
  const kept: Label[] = [];
  for (const each of sorted) if (!kept.length || fits(kept.at(-1)!, each)) kept.push(each);
  return kept;
}

function isEven(labels: Label[]): boolean {
  const steps = labels.slice(1).map((each, at) => each.at - labels[at]!.at);
  return Math.max(...steps) - Math.min(...steps) < 1;
}
