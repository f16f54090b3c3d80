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

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = 12;

function make(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const node = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.textContent = text;
  return node;
}

/** A figure by itself: its title, drawings with the canvases below them, and legends, as they stand on the page. */
export function drawingOf(figure: HTMLElement, title: string): string | null {
  const drawings = [...figure.querySelectorAll<SVGSVGElement>("svg.drawing")];
  if (!drawings.length) return null;
  const parts = [...drawings, ...figure.querySelectorAll("header h2, .legend")].map((part) => part.getBoundingClientRect());
  const [left, top] = [Math.min(...parts.map((part) => part.left)) - MARGIN, Math.min(...parts.map((part) => part.top)) - MARGIN];
  const [width, height] = [Math.max(...parts.map((part) => part.right)) + MARGIN - left, Math.max(...parts.map((part) => part.bottom)) + MARGIN - top];
  const whole = make("svg", { xmlns: NAMESPACE, width, height, viewBox: `0 0 ${width} ${height}` });
  const place = (frame: DOMRect) => ({ x: frame.left - left, y: frame.top - top, width: frame.width, height: frame.height });
  whole.append(make("title", {}, title), make("rect", { width, height, fill: getComputedStyle(figure).backgroundColor }));
  for (const canvas of figure.querySelectorAll("canvas")) whole.append(make("image", { href: canvas.toDataURL(), ...place(canvas.getBoundingClientRect()) }));
  for (const drawing of drawings) {
    const copy = drawing.cloneNode(true) as SVGSVGElement;
    spellOut(drawing, copy);
    for (const [key, value] of Object.entries(place(drawing.getBoundingClientRect()))) copy.setAttribute(key, String(value));
    whole.append(copy);
  }
  for (const swatch of figure.querySelectorAll(".legend i")) whole.append(...swatchOf(swatch, place(swatch.getBoundingClientRect())));
  for (const part of figure.querySelectorAll("header h2, .legend")) whole.append(...textsOf(part, place));
  return new XMLSerializer().serializeToString(whole);
}

type Place = { x: number; y: number; width: number; height: number };

/** A colour of a legend; a range of colours becomes a gradient. */
function swatchOf(swatch: Element, at: Place): SVGElement[] {
  const { backgroundColor, backgroundImage, borderRadius } = getComputedStyle(swatch);
  const stops = backgroundImage.match(/rgba?\([^)]*\)/g) ?? [];
  const rect = (fill: string) => make("rect", { ...at, rx: parseFloat(borderRadius) || 0, fill });
  if (stops.length < 2) return [rect(backgroundColor)];
  const id = `ramp-${Math.round(at.x)}-${Math.round(at.y)}`;
  const gradient = make("linearGradient", { id });
  stops.forEach((colour, step) => gradient.append(make("stop", { offset: step / (stops.length - 1), "stop-color": colour })));
  return [gradient, rect(`url(#${id})`)];
}

function textsOf(part: Element, place: (frame: DOMRect) => Place): SVGElement[] {
  const found: SVGElement[] = [];
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent?.trim();
    if (!text || !node.parentElement) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const [frame] = range.getClientRects();
    if (!frame) continue;
    const { x, y, height } = place(frame);
    const { color, fontFamily, fontSize, fontWeight } = getComputedStyle(node.parentElement);
    found.push(make("text", { x, y: y + height / 2, "dominant-baseline": "central", fill: color, "font-family": fontFamily, "font-size": fontSize, "font-weight": fontWeight }, text));
  }
  return found;
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
