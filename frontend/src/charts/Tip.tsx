import { useLayoutEffect, useRef, useState } from "react";

export type Line = [string, string];

/** What lies under the pointer, said beside it; also to those who only listen. */
export function Tip({ x, y, width, lines, hint = "" }: { x: number; y: number; width: number; lines: Line[]; hint?: string }) {
  const at = useRef<HTMLOutputElement>(null);
  const [wide, setWide] = useState(180);
  useLayoutEffect(() => setWide(at.current?.offsetWidth ?? 180), [lines.length]);
  const left = x + 14 + wide > width ? Math.max(0, x - wide - 14) : x + 14;
  return (
    <output ref={at} className="tip" style={{ left, top: Math.max(0, y - 12) }}>
      {lines.map(([name, text], line) => <span key={line}><span className="dim"><bdi>{name}</bdi></span> <b><bdi>{text}</bdi></b></span>)}
      {hint && <span className="dim hint">{hint}</span>}
    </output>
  );
}
