export interface Step {
  x: number;
  number: number;
  quality: number;
}

/** The jobs that were better than all before them, in the order of `xs`. */
export function improvements(xs: Float32Array, qualities: Float32Array, isMax: boolean, numbers: Float32Array = xs): Step[] {
  const order = [...xs.keys()].filter((at) => !Number.isNaN(xs[at]!)).sort((a, b) => xs[a]! - xs[b]!);
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
