import { useEffect, useRef } from "react";
import { drawBinned, drawLines, prepareDrag, type Lines } from "./lines";
import type { Drawn, Order } from "./lines.worker";

const ROUGH = 0.5; // of the size, while somebody drags
const FEW = 4000; // jobs that are drawn faster than they are sent elsewhere

/** Somebody comes near, who may drag. */
export function expectDrag(lines: Lines) {
  if (lines.chosen.length > FEW && lines.width > 0) prepareDrag(lines, ROUGH);
}

/** Lines on a canvas: at once when they are few or while somebody drags, else by a worker. */
export function LinesCanvas({ lines, isDragging }: { lines: Lines; isDragging: boolean }) {
  const at = useRef<HTMLCanvasElement>(null);
  const worker = useRef<{ worker: Worker; places: Float32Array[] | null; id: number } | null>(null);
  useEffect(() => () => { worker.current?.worker.terminate(); worker.current = null; }, []);
  useEffect(() => {
    const canvas = at.current;
    if (!canvas || lines.width < 1) return;
    const isFew = lines.chosen.length <= FEW;
    if (isFew || isDragging) {
      if (worker.current) worker.current.id++; // what still comes from it is out of date
      const scale = isFew ? 1 : ROUGH;
      const image = new ImageData(Math.ceil(lines.width * scale), Math.ceil(lines.height * scale));
      if (isFew) drawLines(image, lines);
      else drawBinned(image, lines, scale);
      show(canvas, image);
      return;
    }
    worker.current ??= { worker: new Worker(new URL("./lines.worker.ts", import.meta.url), { type: "module" }), places: null, id: 0 };
    const here = worker.current;
    const { places, ...rest } = lines;
    const order: Order = { ...rest, id: ++here.id, ...(here.places === places ? {} : { places }) };
    here.places = places;
    here.worker.onmessage = (event: MessageEvent<Drawn>) => {
      if (event.data.id === here.id) show(canvas, new ImageData(event.data.pixels, event.data.width, event.data.height));
    };
    // A browser without workers is slower, no more.
    here.worker.onerror = () => { const image = new ImageData(lines.width, lines.height); drawLines(image, lines); show(canvas, image); };
    canvas.dataset["drawing"] = "true";
    here.worker.postMessage(order);
  }, [lines, isDragging]);
  return <canvas ref={at} aria-hidden="true" style={{ width: lines.width, height: lines.height }} />;
}

function show(canvas: HTMLCanvasElement, image: ImageData) {
  if (canvas.width !== image.width || canvas.height !== image.height) [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  delete canvas.dataset["drawing"];
}
