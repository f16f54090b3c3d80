/** Learning curves as the server sends them: a header in JSON, then floats, curve by curve. */

import { fetched, of, type Field } from "../api";
import { parse } from "../json";
import type { Analysis } from "./answers";

export interface Curves extends Analysis {
  points: number;
  n: number;
  steps: number[];
  bands: Record<"5" | "25" | "50" | "75" | "95", number[]>;
  lines: number[];
  values: Float32Array;
}

/** The results that are lists of numbers; such a hyperparameter is no curve. */
export const curveFields = (fields: Field[]): string[] => fields.filter((field) => (field.kind as string) === "curve" && field.name.startsWith("results.")).map((field) => field.name);

export async function curves(experiment: string, result: string, filter: string, signal?: AbortSignal): Promise<Curves> {
  const query = new URLSearchParams({ result, lines: "2000", ...(filter && { f: filter }) });
  return decodeCurves(await fetched(`${of(experiment)}analysis/curves/?${query}`, signal));
}

export function decodeCurves(buffer: ArrayBuffer): Curves {
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  const header = parse(text) as Omit<Curves, "values">;
  // Null, where no job has a value, would be drawn as zero.
  for (const band of Object.values(header.bands)) band.forEach((each, at) => { band[at] = each ?? NaN; });
  return { ...header, values: new Float32Array(buffer.slice(4 + length), 0, header.lines.length * header.points) };
}

export type Spot = readonly [x: number, y: number];

/** The pieces of a line between its gaps, which are where a height is no number. */
export function piecesOf(spots: Spot[]): Spot[][] {
  const pieces: Spot[][] = [];
  spots.forEach((spot, at) => {
    if (!Number.isFinite(spot[1])) return;
    if (at === 0 || !Number.isFinite(spots[at - 1]![1])) pieces.push([]);
    pieces.at(-1)!.push(spot);
  });
  return pieces;
}

/** A line that leaves its gaps out; what stands alone between two of them is a dot. */
export const curvePath = (spots: Spot[]): string => piecesOf(spots).map((piece) => pathOf(piece.length === 1 ? [...piece, ...piece] : piece)).join("");

/** What lies between two lines, wherever there are both of them. */
export function areaOf(low: Spot[], high: Spot[]): string {
  const where = (line: Spot[], other: Spot[]) => piecesOf(line.map((spot, at): Spot => (Number.isFinite(other[at]?.[1]) ? spot : [spot[0], NaN])));
  const back = where(low, high);
  return where(high, low).map((piece, at) => `${pathOf([...piece, ...back[at]!.toReversed()])}Z`).join("");
}

const pathOf = (spots: Spot[]): string => spots.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
