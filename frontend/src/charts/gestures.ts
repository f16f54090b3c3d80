/** How fingers, mice and keys zoom, move and mark. */

import { useEffect, useRef, useState } from "react";
import type { Extent } from "./axis";
import type { Inner } from "./Plot";
import { around, beside, between, isSane, type Window } from "./zoom";

export interface Box {
  x: Extent;
  y: Extent;
}

interface Options {
  inner: Inner;
  zoom: (window: Window) => void;
  isZoomed: boolean;
  isSelecting: boolean;
  canMark: boolean;
  onMark: (box: Box) => void;
  onPoint: (x: number, y: number) => void;
  onLeave: () => void;
  onOpen: (x: number, y: number) => void;
  onKeyOpen: () => void;
  onStep: (step: number) => void;
}

interface Drag {
  x: number;
  y: number;
  isMark: boolean;
}

interface Drawn {
  isMark: boolean;
  rect: { x: number; y: number; width: number; height: number };
}

const LEAST = 5; // pixels: less is a click
const PATIENCE = 260; // ms within which a second click makes a double one

export function useGestures(options: Options) {
  const now = useRef(options);
  now.current = options;
  const drag = useRef<Drag | null>(null);
  const opening = useRef<number | undefined>(undefined);
  const offset = useRef<[number, number]>([0, 0]);
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const ref = useRef<SVGSVGElement>(null);
  const show = (x: Extent | null, y: Extent | null) => {
    const { inner, zoom } = now.current;
    if ((x && !isSane(x)) || (y && !isSane(y))) return;
    zoom({ x: x ?? seen(inner, "x"), y: y ?? seen(inner, "y") });
  };
  const closer = (factor: number, px?: number, py?: number) => {
    const { inner } = now.current;
    show(around(inner.x, [0, inner.width], px ?? inner.width / 2, factor), around(inner.y, [inner.height, 0], py ?? inner.height / 2, factor));
  };
  useEffect(() => {
    const svg = ref.current;
    if (!svg) return;
    // React listens passively to wheels; a page that scrolls by a wheel is left alone until the chart has the focus.
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== svg) return;
      event.preventDefault();
      const frame = svg.getBoundingClientRect();
      closer(Math.exp(Math.sign(event.deltaY) * 0.18), event.clientX - frame.left - offset.current[0], event.clientY - frame.top - offset.current[1]);
    };
    svg.addEventListener("wheel", onWheel, { passive: false });
    return () => svg.removeEventListener("wheel", onWheel);
  });
  useEffect(() => () => window.clearTimeout(opening.current), []);
  const place = (event: React.MouseEvent): [number, number] => {
    const frame = ref.current!.getBoundingClientRect();
    return [event.clientX - frame.left - offset.current[0], event.clientY - frame.top - offset.current[1]];
  };
  const boxTo = (x: number, y: number, from: Drag): Drawn["rect"] => {
    const { width, height } = now.current.inner;
    const [x0, x1] = [from.x, x].map((each) => Math.min(width, Math.max(0, each))).sort((a, b) => a - b) as [number, number];
    const [y0, y1] = [from.y, y].map((each) => Math.min(height, Math.max(0, each))).sort((a, b) => a - b) as [number, number];
    // A stroke along one axis means that axis only.
    if (y1 - y0 < 12 && x1 - x0 >= 12) return { x: x0, width: x1 - x0, y: 0, height };
    if (x1 - x0 < 12 && y1 - y0 >= 12) return { x: 0, width, y: y0, height: y1 - y0 };
    return { x: x0, width: x1 - x0, y: y0, height: y1 - y0 };
  };
  const finish = (rect: Drawn["rect"], isMark: boolean) => {
    const { inner, onMark } = now.current;
    const found = { x: between(inner.x, rect.x, rect.x + rect.width), y: between(inner.y, rect.y, rect.y + rect.height) };
    if (isMark) onMark(found);
    else show(found.x, found.y);
  };
  const open = (x: number, y: number) => {
    window.clearTimeout(opening.current);
    // While zoomed, a first click may be half of the double one that shows all again.
    if (!now.current.isZoomed) now.current.onOpen(x, y);
    else opening.current = window.setTimeout(() => now.current.onOpen(x, y), PATIENCE);
  };
  const keys: Record<string, () => void> = {
    "+": () => closer(0.7), "=": () => closer(0.7), "-": () => closer(1 / 0.7), _: () => closer(1 / 0.7),
    "0": () => options.zoom({ x: null, y: null }), Escape: () => options.onLeave(), Enter: () => options.onKeyOpen(),
    ArrowRight: () => options.onStep(1), ArrowLeft: () => options.onStep(-1), ArrowDown: () => options.onStep(10), ArrowUp: () => options.onStep(-10),
  };
  const moves: Record<string, () => void> = {
    ArrowRight: () => show(beside(options.inner.x, [0, options.inner.width], 0.15), null),
    ArrowLeft: () => show(beside(options.inner.x, [0, options.inner.width], -0.15), null),
    ArrowUp: () => show(null, beside(options.inner.y, [options.inner.height, 0], 0.15)),
    ArrowDown: () => show(null, beside(options.inner.y, [options.inner.height, 0], -0.15)),
  };
  const handlers = (left: number, top: number) => {
    offset.current = [left, top];
    return {
      onPointerDown: (event: React.PointerEvent<SVGSVGElement>) => {
        if (event.button !== 0) return;
        const [x, y] = place(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x, y, isMark: options.canMark && (options.isSelecting || event.shiftKey) };
      },
      onPointerMove: (event: React.PointerEvent<SVGSVGElement>) => {
        const [x, y] = place(event);
        const from = drag.current;
        if (from && Math.hypot(x - from.x, y - from.y) >= LEAST) setDrawn({ isMark: from.isMark, rect: boxTo(x, y, from) });
        else if (!from) options.onPoint(x, y);
      },
      onPointerUp: (event: React.PointerEvent<SVGSVGElement>) => {
        const [x, y] = place(event);
        const from = drag.current;
        drag.current = null;
        setDrawn(null);
        if (!from) return;
        if (Math.hypot(x - from.x, y - from.y) >= LEAST) finish(boxTo(x, y, from), from.isMark);
        else if (event.pointerType === "touch") options.onPoint(x, y);
        else open(x, y);
      },
      onPointerCancel: () => { drag.current = null; setDrawn(null); },
      onPointerLeave: () => { if (!drag.current) options.onLeave(); },
      onDoubleClick: () => { window.clearTimeout(opening.current); options.zoom({ x: null, y: null }); },
      onBlur: () => options.onLeave(),
      onKeyDown: (event: React.KeyboardEvent) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const act = event.shiftKey && moves[event.key] ? moves[event.key] : keys[event.key];
        if (!act) return;
        event.preventDefault();
        event.stopPropagation();
        act();
      },
    };
  };
  return { ref, drawn, handlers };
}

function seen(inner: Inner, which: "x" | "y"): Extent {
  return which === "x" ? between(inner.x, 0, inner.width) : between(inner.y, 0, inner.height);
}
