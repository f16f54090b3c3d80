/** Which mark lies under the pointer. */

import { Delaunay } from "d3-delaunay";

export interface Hit {
  /** The mark nearest to a pixel, or -1 if none is within `reach` pixels. */
  find: (x: number, y: number, reach?: number) => number;
}

const FEW = 5000;
const REACH = 14;

/** Exact for a few thousand marks; above, whichever mark was drawn on the pixel. */
export function hitOf(xs: Float32Array, ys: Float32Array, width: number, height: number): Hit {
  return xs.length <= FEW ? exact(xs, ys) : buffered(xs, ys, width, height);
}

function exact(xs: Float32Array, ys: Float32Array): Hit {
  const shown = [...xs.keys()].filter((at) => Number.isFinite(xs[at]! + ys[at]!));
  const delaunay = Delaunay.from(shown, (at) => xs[at]!, (at) => ys[at]!);
  return {
    find: (x, y, reach = REACH) => {
      const found = shown[delaunay.find(x, y)];
      return found !== undefined && Math.hypot(xs[found]! - x, ys[found]! - y) <= reach ? found : -1;
    },
  };
}

function buffered(xs: Float32Array, ys: Float32Array, width: number, height: number): Hit {
  const buffer = new Buffer(width, height);
  for (let at = 0; at < xs.length; at++) buffer.point(xs[at]!, ys[at]!, at);
  return buffer;
}

/** For each pixel the mark that was drawn there last. */
export class Buffer implements Hit {
  private readonly rows: Int32Array;

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {
    this.rows = new Int32Array(width * height);
  }

  point(x: number, y: number, row: number) {
    const [px, py] = [Math.round(x), Math.round(y)];
    if (px >= 0 && px < this.width && py >= 0 && py < this.height) this.rows[py * this.width + px] = row + 1;
  }

  rect(x0: number, y0: number, x1: number, y1: number, row: number) {
    const [left, right] = [Math.max(0, Math.round(x0)), Math.min(this.width - 1, Math.max(Math.round(x0), Math.round(x1) - 1))];
    const [top, bottom] = [Math.max(0, Math.round(y0)), Math.min(this.height - 1, Math.max(Math.round(y0), Math.round(y1) - 1))];
    for (let y = top; y <= bottom; y++) this.rows.fill(row + 1, y * this.width + left, y * this.width + Math.max(left, right + 1));
  }

  find(x: number, y: number, reach = REACH): number {
    let [found, least] = [-1, (reach + 0.5) ** 2];
    const [cx, cy] = [Math.round(x), Math.round(y)];
    for (let py = Math.max(0, cy - reach); py <= Math.min(this.height - 1, cy + reach); py++) {
      for (let px = Math.max(0, cx - reach); px <= Math.min(this.width - 1, cx + reach); px++) {
        const row = this.rows[py * this.width + px]!;
        const far = (px - cx) ** 2 + (py - cy) ** 2;
        if (row && far < least) [found, least] = [row - 1, far];
      }
    }
    return found;
  }
}
