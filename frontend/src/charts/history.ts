export interface Step {
  x: number;
  number: number;
  quality: number;
}

/** The rows by what they have in `xs`; mostly they stand so already. */
function ordered(xs: Float32Array): Uint32Array {
  const rows = Uint32Array.from(xs.keys()).filter((at) => !Number.isNaN(xs[at]!));
  for (let at = 1; at < rows.length; at++) if (xs[rows[at - 1]!]! > xs[rows[at]!]!) return rows.sort((a, b) => xs[a]! - xs[b]!);
  return rows;
}

/** The jobs that were better than all before them, in the order of `xs`. */
export function improvements(xs: Float32Array, qualities: Float32Array, isMax: boolean, numbers: Float32Array = xs): Step[] {
  const order = ordered(xs);
  const steps: Step[] = [];
  let best = isMax ? -Infinity : Infinity;
  for (const at of order) {
    const quality = qualities[at]!;
    if (Number.isNaN(quality) || (isMax ? quality <= best : quality >= best)) continue;
    best = quality;
    steps.push({ x: xs[at]!, number: numbers[at]!, quality });
  }
  return steps;
}
