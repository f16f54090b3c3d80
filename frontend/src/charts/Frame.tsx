/** What all charts have in common: a size, a picture, and the same data as a table. */

import { useEffect, useId, useRef, useState, type ReactNode } from "react";

export function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const at = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!at.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(at.current);
    return () => observer.disconnect();
  }, []);
  return [at, width];
}

/** A canvas that is painted anew when what it depends on changes, sharp on any screen. */
export function Canvas({ width, height, paint, of }: { width: number; height: number; paint: (image: ImageData) => void; of: unknown[] }) {
  const at = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = at.current?.getContext("2d");
    if (!context || width < 1) return;
    const image = context.createImageData(width, height);
    paint(image);
    context.putImageData(image, 0, 0);
    // eslint-disable-next-line
  }, [width, height, ...of]);
  return <canvas ref={at} width={Math.max(1, width)} height={height} aria-hidden="true" />;
}

interface FrameProps {
  title: string;
  summary: string;
  head: string[];
  rows: () => (string | number)[][];
  aside?: ReactNode;
  children: ReactNode;
}

/** A figure with a sentence that says what it shows, its data as a table, and both to take away. */
export function Frame({ title, summary, head, rows, aside, children }: FrameProps) {
  const id = useId();
  const [isTable, setTable] = useState(false);
  const figure = useRef<HTMLElement>(null);
  const save = () => {
    const lines = [head, ...rows()].map((row) => row.map((cell) => `"${String(cell).replace(/"/g, '""')}"`).join(","));
    download(new Blob([lines.join("\r\n")], { type: "text/csv" }), `${title}.csv`);
  };
  const picture = () => {
    const parts = figure.current;
    if (parts) void png(parts).then((blob) => blob && download(blob, `${title}.png`));
  };
  return (
    <figure className="panel chart" aria-labelledby={id} ref={figure}>
      <header>
        <h2 id={id}>{title}</h2><span className="grow" />{aside}
        <details className="menu"><summary aria-label={`More about ${title}`}>⋯</summary>
          <div className="sheet">
            <button onClick={() => setTable(!isTable)}>{isTable ? "Show the chart" : "Show as a table"}</button>
            <button onClick={picture}>Save as PNG</button><button onClick={save}>Save the data</button>
          </div>
        </details>
      </header>
      {isTable ? (
        <div className="scroll tall"><table><thead><tr>{head.map((each) => <th key={each} scope="col">{each}</th>)}</tr></thead>
          <tbody>{rows().slice(0, 1000).map((row, at) => <tr key={at}>{row.map((cell, column) => <td key={column}>{cell}</td>)}</tr>)}</tbody></table></div>
      ) : children}
      <figcaption>{summary}</figcaption>
    </figure>
  );
}

function download(blob: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The canvas and the drawing above it, in one picture. */
async function png(figure: HTMLElement): Promise<Blob | null> {
  const drawing = figure.querySelector("svg.drawing");
  if (!(drawing instanceof SVGSVGElement)) return null;
  const { width, height } = drawing.getBoundingClientRect();
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const style = getComputedStyle(figure);
  copy.setAttribute("style", `color:${style.color};font:${style.font};background:${style.backgroundColor}`);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * 2, height * 2];
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.scale(2, 2);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, width, height);
  const raster = figure.querySelector("canvas");
  if (raster) context.drawImage(raster, Number(raster.dataset["x"] ?? 0), Number(raster.dataset["y"] ?? 0));
  context.drawImage(image, 0, 0, width, height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve) => canvas.toBlob(resolve));
}
