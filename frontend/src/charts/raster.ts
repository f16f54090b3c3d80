/**
 * Density drawn on the processor: marks add weight to a field of floats, and one pass maps the
 * logarithm of the density to opacity. No WebGL and no eval, the same pixels on every machine, and
 * a hundred thousand marks cost as much as they are long, however they overlap.
 */
export class Raster {
  readonly field: Float32Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.field = new Float32Array(width * height);
  }

  point(x: number, y: number, radius = 1, weight = 1) {
    const { width, height, field } = this;
    const [cx, cy] = [Math.round(x), Math.round(y)];
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        if (dx * dx + dy * dy > radius * radius + 0.5) continue;
        const [px, py] = [cx + dx, cy + dy];
        if (px >= 0 && px < width && py >= 0 && py < height) field[py * width + px]! += weight;
      }
    }
  }

  rect(x0: number, y0: number, x1: number, y1: number, weight = 1) {
    const { width, height, field } = this;
    const [left, right] = [Math.max(0, Math.round(x0)), Math.min(width, Math.max(Math.round(x0) + 1, Math.round(x1)))];
    const [top, bottom] = [Math.max(0, Math.round(y0)), Math.min(height, Math.max(Math.round(y0) + 1, Math.round(y1)))];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) field[y * width + x]! += weight;
  }

  /** A line from left to right. */
  segment(x0: number, y0: number, x1: number, y1: number, weight = 1) {
    const { field, width, height } = this;
    if (x1 <= x0) return;
    const slope = (y1 - y0) / (x1 - x0);
    // To the column before the last, where the next piece of a curve begins.
    const end = Math.min(width, Math.round(x1));
    const start = Math.round(x0);
    const left = Math.max(0, start);
    let y = y0 + (left - start) * slope;
    let from = Math.round(y);
    for (let x = left; x < end; x++) {
      y += slope;
      const to = Math.round(y);
      if (to - from < 2 && from - to < 2) {
        if (from >= 0 && from < height) field[from * width + x]! += weight;
      } else {
        const [low, high] = from < to ? [from, to - 1] : [to + 1, from];
        const share = weight / (high - low + 1);
        for (let at = Math.max(0, low); at <= high && at < height; at++) field[at * width + x]! += share;
      }
      from = to;
    }
  }

  get peak(): number {
    let peak = 0;
    for (const weight of this.field) if (weight > peak) peak = weight;
    return peak;
  }

  /** Paint into an image, over what is there. */
  paint(image: Pick<ImageData, "data">, [red, green, blue]: readonly [number, number, number], least = 60) {
    const peak = Math.log1p(this.peak);
    if (!peak) return;
    const pixels = image.data;
    for (let at = 0; at < this.field.length; at++) {
      const weight = this.field[at]!;
      if (weight <= 0) continue;
      const alpha = (least + (255 - least) * (Math.log1p(weight) / peak)) / 255;
      const to = at * 4;
      const kept = (pixels[to + 3]! / 255) * (1 - alpha);
      const sum = alpha + kept;
      pixels[to] = (red * alpha + pixels[to]! * kept) / sum;
      pixels[to + 1] = (green * alpha + pixels[to + 1]! * kept) / sum;
      pixels[to + 2] = (blue * alpha + pixels[to + 2]! * kept) / sum;
      pixels[to + 3] = sum * 255;
    }
  }
}

/**
 * The same with colours: where marks lie upon each other, a pixel has the mean of their colours, so
 * that even a crowd of a hundred thousand still tells which of its parts are good.
 */
export class ColourRaster {
  readonly weight: Float32Array;
  private readonly sums: Float32Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.weight = new Float32Array(width * height);
    this.sums = new Float32Array(width * height * 3);
  }

  private add(at: number, red: number, green: number, blue: number) {
    const { weight, sums } = this;
    weight[at]! += 1;
    sums[at * 3]! += red;
    sums[at * 3 + 1]! += green;
    sums[at * 3 + 2]! += blue;
  }

  point(x: number, y: number, radius: number, red: number, green: number, blue: number) {
    const { width, height } = this;
    const [cx, cy] = [Math.round(x), Math.round(y)];
    for (let py = Math.max(0, cy - radius); py <= Math.min(height - 1, cy + radius); py++) {
      for (let px = Math.max(0, cx - radius); px <= Math.min(width - 1, cx + radius); px++) {
        if ((px - cx) ** 2 + (py - cy) ** 2 <= radius * radius + 0.5) this.add(py * width + px, red, green, blue);
      }
    }
  }

  rect(x0: number, y0: number, x1: number, y1: number, red: number, green: number, blue: number) {
    const { width, height } = this;
    const [left, right] = [Math.max(0, Math.round(x0)), Math.min(width, Math.max(Math.round(x0) + 1, Math.round(x1)))];
    const [top, bottom] = [Math.max(0, Math.round(y0)), Math.min(height, Math.max(Math.round(y0) + 1, Math.round(y1)))];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) this.add(y * width + x, red, green, blue);
  }

  paint(image: Pick<ImageData, "data">, least = 60) {
    let peak = 0;
    for (const weight of this.weight) if (weight > peak) peak = weight;
    const full = Math.log1p(peak);
    const pixels = image.data;
    for (let at = 0; at < this.weight.length; at++) {
      const weight = this.weight[at]!;
      if (weight <= 0) continue;
      const to = at * 4;
      for (let part = 0; part < 3; part++) pixels[to + part] = this.sums[at * 3 + part]! / weight;
      pixels[to + 3] = least + (255 - least) * (Math.log1p(weight) / full);
    }
  }
}
