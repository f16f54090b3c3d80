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
