/** The small parts that all pages are made of. */

import { Component, useEffect, useId, useRef, useState, type ReactNode } from "react";
import { Refused, STATUSES, type Status } from "./api";
import { ago, number, stamp } from "./format";
import { usePrefs } from "./prefs";

const PATHS: Record<string, string> = {
  logo: "M12 2 21 7v10l-9 5-9-5V7zM12 8v8M8.5 10v4M15.5 10v4",
  sun: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M4 20l2-2M18 6l2-2",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  auto: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  done: "M4 12.5 9.5 18 20 6.5",
  running: "M12 3a9 9 0 1 1-9 9",
  queued: "M5 6h14M5 12h14M5 18h9",
  pruned: "M6 6l12 12M6 18 18 6M12 2v4",
  crashed: "M12 3 22 20H2zM12 9v5M12 17v.5",
  pause: "M8 5v14M16 5v14",
  play: "M7 4l13 8-13 8z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  close: "M5 5l14 14M5 19 19 5",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  open: "M6 9l6 6 6-6",
  left: "M14 6l-6 6 6 6",
  right: "M10 6l6 6-6 6",
  menu: "M12 5h.01M12 12h.01M12 19h.01",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  again: "M20 12a8 8 0 1 1-2.5-5.8M20 3v4h-4",
  pin: "M9 3h6l-1 7 3 3H7l3-3zM12 13v8",
  hidden: "M3 3l18 18M10 5.2A10 10 0 0 1 21 12a13 13 0 0 1-2.4 3.3M6.2 7.3A13 13 0 0 0 3 12c1.6 3.8 5 6.5 9 6.5 1.4 0 2.8-.4 4-1",
  heat: "M4 4h7v7H4zM13 13h7v7h-7zM4 15h7M15 4v7",
  panel: "M3 5h18v14H3zM14 5v14",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name] ?? ""} />
    </svg>
  );
}

export const StatusBadge = ({ status }: { status: Status }) => (
  <span className={`status ${status.toLowerCase()}`}>
    <Icon name={status.toLowerCase()} /> {status.toLowerCase()}
  </span>
);

/** A name that people gave, of any length: cut where it has no room, whole as a hint. */
export const Name = ({ children }: { children: string }) => <bdi className="cut" title={children}>{children}</bdi>;

export function Progress({ counts }: { counts: Record<Status, number> }) {
  const total = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  const said = STATUSES.filter((status) => counts[status]).map((status) => `${number(counts[status])} ${status.toLowerCase()}`).join(" · ");
  return (
    <span className="progress">
      <span className="bar" aria-hidden="true">
        {STATUSES.map((status) => counts[status] > 0 && <i key={status} className={status.toLowerCase()} style={{ flexGrow: counts[status] / total }} />)}
      </span>
      <span>{said || "no jobs yet"}</span>
    </span>
  );
}

export const Skeleton = ({ lines = 4 }: { lines?: number }) => (
  <div className="skeleton" aria-busy="true" aria-label="Loading">
    {Array.from({ length: lines }, (_, line) => <i key={line} />)}
  </div>
);

export function Problem({ error, retry }: { error: Error; retry?: () => void }) {
  const isRefused = error instanceof Refused;
  if (isRefused && error.status === 400) {
    // What was asked for makes no sense: to ask once more, or to look into the log, is of no use.
    return <div className="problem" role="alert"><p>{error.message.replace(/^f: /, "Filter: ")}</p></div>;
  }
  return (
    <div className="problem" role="alert">
      <p>{error.message}</p>
      {isRefused && error.requestId && <p className="dim">Request {error.requestId}; the server's log has more.</p>}
      {retry && <button onClick={retry}>Try again</button>}
    </div>
  );
}

export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    if (!this.state.error) return this.props.children;
    return <Problem error={this.state.error} retry={() => this.setState({ error: null })} />;
  }
}

export function Panel({ title, aside, children, className = "" }: { title: string; aside?: ReactNode; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header><h2 id={id}>{title}</h2><span className="grow" />{aside}</header>
      <Boundary>{children}</Boundary>
    </section>
  );
}

export function Dialog({ title, open, onClose, children, className }: { title: string; open: boolean; onClose: () => void; children: ReactNode; className?: string }) {
  const at = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open && !at.current?.open) at.current?.showModal();
    if (!open) at.current?.close();
  }, [open]);
  return (
    <dialog ref={at} className={className} onClose={onClose} aria-labelledby={id}>
      <header><h2 id={id}>{title}</h2><span className="grow" /><button className="quiet" onClick={onClose} aria-label="Close"><Icon name="close" /></button></header>
      {open && children}
    </dialog>
  );
}

/** A moment: how long ago, or when, as people like it; the other as a hint. */
export function Time({ at }: { at: string }) {
  const { times } = usePrefs();
  const moment = new Date(at);
  const exact = times === "utc" ? `${stamp(moment, "utc")} UTC` : times === "local" ? moment.toLocaleString() : stamp(moment, "local");
  return <time dateTime={at} title={times === "ago" ? exact : ago(at)}>{times === "ago" ? ago(at) : exact}</time>;
}

/** Put text on the clipboard, also on pages without TLS, where browsers have no clipboard API. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  (document.querySelector("dialog[open], :popover-open") ?? document.body).append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/** A command or a piece of code that people take with them. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <button type="button" className="quiet" onClick={() => void copyText(text).then(() => setDone(true))}>
      {done ? "Copied" : label}
    </button>
  );
}

export const Code = ({ children }: { children: string }) => (
  <div className="code"><pre tabIndex={0}>{children}</pre><Copy text={children} /></div>
);
