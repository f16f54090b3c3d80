/** A menu that opens beside its button, above everything else; it closes by itself. */

import { useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import "./menu.css";

interface Props {
  label: ReactNode;
  /** What it is called where the label is a sign. */
  name?: string;
  className?: string;
  title?: string;
  children: ReactNode;
}

const GAP = 4;

export function Menu({ label, name, className = "", title, children }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const place = () => {
    const [from, to] = [button.current?.getBoundingClientRect(), sheet.current];
    if (!from || !to) return;
    const room = document.documentElement;
    const below = room.clientHeight - from.bottom - 2 * GAP;
    const isBelow = below >= Math.min(to.scrollHeight, 320) || below >= from.top;
    to.style.maxHeight = `${Math.max(120, isBelow ? below : from.top - 2 * GAP)}px`;
    to.style.left = `${Math.max(GAP, Math.min(from.left, room.clientWidth - to.offsetWidth - GAP))}px`;
    to.style.top = isBelow ? `${from.bottom + GAP}px` : "auto";
    to.style.bottom = isBelow ? "auto" : `${room.clientHeight - from.top + GAP}px`;
  };
  useLayoutEffect(() => {
    if (!isOpen) return;
    place();
    sheet.current?.querySelector<HTMLElement>("input, button, a, select")?.focus({ preventScroll: true });
  }, [isOpen]);
  return (
    <>
      <button type="button" ref={button} className={className} popoverTarget={id} aria-expanded={isOpen} aria-haspopup="true" aria-label={name} title={title}>{label}</button>
      <div id={id} ref={sheet} popover="auto" className="popup" role="group" aria-label={name ?? (typeof label === "string" ? label : undefined)}
        onBeforeToggle={(event) => { if (event.newState === "closed" && sheet.current?.contains(document.activeElement)) button.current?.focus({ preventScroll: true }); }}
        onToggle={(event) => setOpen(event.newState === "open")}
        onClick={(event) => { if ((event.target as HTMLElement).closest("[data-closes]")) sheet.current?.hidePopover(); }}>
        {isOpen && children}
      </div>
    </>
  );
}
