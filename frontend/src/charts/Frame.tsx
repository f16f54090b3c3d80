/** What all charts have in common: a size, a picture, and the same data as a table. */

import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import type { Commands } from "../copyas";
import { number } from "../format";
import { Menu } from "../menu";
import { copyText, Name } from "../ui";
import { csvOf, download, drawingOf, fileName, pictureOf } from "./export";
import "./charts.css";

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

/** A canvas that is painted anew when what it depends on changes. */
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
  /** More for the menu. */
  tools?: ReactNode;
  /** How the data are had elsewhere. */
  commands?: Commands;
  legend?: ReactNode;
  className?: string;
  /** The title says it all: the sentence is for those who can't see the chart. */
  isPlain?: boolean;
  children: ReactNode;
}

/** A figure with a sentence that says what it shows, its data as a table, and both to take away. */
export function Frame({ title, summary, head, rows, aside, tools, commands, legend, className = "", isPlain = false, children }: FrameProps) {
  const id = useId();
  const [isTable, setTable] = useState(false);
  const [trouble, setTrouble] = useState("");
  const figure = useRef<HTMLElement>(null);
  const take = async (kind: "png" | "svg") => {
    const svg = figure.current && drawingOf(figure.current, `${title}. ${summary}`);
    const blob = svg && (kind === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await pictureOf(svg));
    setTrouble(blob ? "" : "This browser can't make a picture of the chart.");
    if (blob) download(blob, fileName(title, kind));
  };
  const save = () => download(new Blob(["\ufeff", csvOf(head, rows())], { type: "text/csv" }), fileName(title, "csv"));
  return (
    <figure className={`panel chart ${className}`} aria-labelledby={id} ref={figure}>
      <header>
        <h2 id={id}><Name>{title}</Name></h2><span className="grow" />{aside}
        <Menu className="quiet sign more" label="⋯" name={`More about ${title}`}>
          {tools}
          <button type="button" data-closes onClick={() => setTable(!isTable)}>{isTable ? "Show the chart" : "Show as a table"}</button>
          {!isTable && <><button type="button" data-closes onClick={() => void take("png")}>Save as PNG</button><button type="button" data-closes onClick={() => void take("svg")}>Save as SVG</button></>}
          <button type="button" data-closes onClick={save}>Save the data (CSV)</button>
          {commands && <Copies {...commands} />}
        </Menu>
      </header>
      {trouble && <p role="alert">{trouble}</p>}
      {isTable ? <Twin title={title} head={head} rows={rows()} /> : children}
      {!isTable && legend}
      {summary && <figcaption className={isPlain ? "sr" : undefined}>{summary}</figcaption>}
    </figure>
  );
}

const KINDS: [keyof Commands, string][] = [["python", "Python"], ["cli", "a command"], ["curl", "curl"]];

function Copies(commands: Commands) {
  const [copied, setCopied] = useState<string | null>(null);
  return (
    <>
      <hr />
      {KINDS.map(([kind, title]) => <button key={kind} type="button" title={commands[kind]} onClick={() => void copyText(commands[kind]).then(() => setCopied(kind))}>{copied === kind ? "Copied" : `Copy as ${title}`}</button>)}
    </>
  );
}

const MOST = 1000;

function Twin({ title, head, rows }: { title: string; head: string[]; rows: (string | number)[][] }) {
  return (
    <>
      <div className="scroll tall" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
        <table>
          <thead><tr>{head.map((each, at) => <th key={at} scope="col"><bdi>{each}</bdi></th>)}</tr></thead>
          <tbody>{rows.slice(0, MOST).map((row, at) => <tr key={at}>{row.map((cell, column) => <td key={column} className={typeof cell === "number" ? "number" : ""}><bdi>{typeof cell === "number" ? number(cell, 6) : cell}</bdi></td>)}</tr>)}</tbody>
        </table>
      </div>
      {rows.length > MOST && <p className="dim">The first {number(MOST)} of {number(rows.length)} rows; “Save the data” takes all.</p>}
    </>
  );
}

/** A chart that has nothing to show says what is missing. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <figure className="panel chart" aria-labelledby={id}>
      <header><h2 id={id}><Name>{title}</Name></h2></header>
      <p className="nothing">{children}</p>
    </figure>
  );
}
