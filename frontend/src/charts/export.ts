/** Taking a chart away: as a picture, as a drawing, or as data. */

type Cell = string | number;

/** Comma-separated values as spreadsheets read them; a text never becomes a formula there. */
export function csvOf(head: string[], rows: Cell[][]): string {
  return [head, ...rows].map((row) => row.map(cellOf).join(",")).join("\r\n");
}

function cellOf(cell: Cell): string {
  if (typeof cell === "number") return Number.isNaN(cell) ? "" : String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell;
  return `"${safe.replace(/"/g, '""')}"`;
}

/** A name that every file system takes. */
export const fileName = (title: string, kind: string): string => `${title.replace(/[^\p{L}\p{N} ._-]+/gu, " ").replace(/\s+/g, " ").trim().slice(0, 80) || "chart"}.${kind}`;

export function download(blob: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // At once would be before some browsers have begun to read.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "opacity", "paint-order", "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline"];

/** The drawing of a figure by itself: with the canvases below it inside, and every style spelled out. */
export function drawingOf(figure: HTMLElement, title: string): string | null {
  const drawing = figure.querySelector("svg.drawing");
  if (!(drawing instanceof SVGSVGElement)) return null;
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  spellOut(drawing, copy);
  const { width, height, left, top } = drawing.getBoundingClientRect();
  const make = (name: string, attributes: Record<string, string | number>) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
    return node;
  };
  const label = make("title", {});
  label.textContent = title;
  const below = [...figure.querySelectorAll("canvas")].map((canvas) => {
    const frame = canvas.getBoundingClientRect();
    return make("image", { href: canvas.toDataURL(), x: frame.left - left, y: frame.top - top, width: frame.width, height: frame.height });
  });
  copy.prepend(label, make("rect", { width, height, fill: getComputedStyle(figure).backgroundColor }), ...below);
  for (const [key, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` })) copy.setAttribute(key, String(value));
  return new XMLSerializer().serializeToString(copy);
}

function spellOut(from: Element, to: Element) {
  const style = getComputedStyle(from);
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    if (value) to.setAttribute(name, value);
  }
  to.removeAttribute("style");
  to.removeAttribute("class");
  to.removeAttribute("tabindex");
  [...from.children].forEach((child, at) => spellOut(child, to.children[at]!));
}

/** The same as a picture, twice as sharp as on the screen. */
export async function pictureOf(svg: string): Promise<Blob | null> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth * 2, image.naturalHeight * 2];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve));
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
