/** New results wait while somebody points at the table: what one looks at does not move away. */

import { useEffect, useRef, useState, type RefObject } from "react";
import type { Job } from "../../api";

export interface TablePage {
  revision: number;
  total: number;
  of: number;
  items: Job[];
}

/** What is shown while rows must not move: the old order with what is known of each job by now. */
export function settle(shown: TablePage, fresh: TablePage): { page: TablePage; news: number; moved: boolean } {
  const now = new Map(fresh.items.map((job) => [job.id, job]));
  const known = new Set(shown.items.map((job) => job.id));
  const items = shown.items.map((job) => now.get(job.id) ?? job);
  const strangers = fresh.items.filter((job) => !known.has(job.id)).length;
  const moved = fresh.items.some((job, at) => job.id !== shown.items[at]?.id) || fresh.items.length !== shown.items.length;
  return { page: { ...fresh, items }, news: moved ? Math.max(strangers, fresh.total - shown.total, 0) : 0, moved };
}

/** Whether the pointer is over something, or the focus within. */
export function useAttention(at: RefObject<HTMLElement | null>, isThere: boolean): boolean {
  const [attends, setAttends] = useState(false);
  useEffect(() => {
    const element = at.current;
    if (!element) return;
    let pointed = false;
    const tell = () => setAttends(pointed || element.contains(document.activeElement));
    const enter = (event: PointerEvent) => { pointed = event.pointerType === "mouse"; tell(); };
    const leave = () => { pointed = false; tell(); };
    const blur = () => window.setTimeout(tell);
    element.addEventListener("pointerenter", enter);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("focusin", tell);
    element.addEventListener("focusout", blur);
    return () => {
      element.removeEventListener("pointerenter", enter);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("focusin", tell);
      element.removeEventListener("focusout", blur);
    };
  }, [at, isThere]);
  return attends;
}

/** The page to show: the newest, unless that would move rows under the pointer. */
export function useHeld(fresh: TablePage | undefined, view: { path: string; isOld: boolean }, attends: boolean) {
  const shown = useRef<{ path: string; page: TablePage } | null>(null);
  const [, renew] = useState(0);
  // What is left of the view before is replaced as soon as the new one is there.
  const path = view.isOld ? "" : view.path;
  if (fresh && (!shown.current || shown.current.path !== path || !attends)) shown.current = { path, page: fresh };
  const held = fresh && shown.current ? settle(shown.current.page, fresh) : null;
  return {
    page: held?.page,
    news: held?.news ?? 0,
    moved: held?.moved ?? false,
    show: () => { shown.current = null; renew((count) => count + 1); },
  };
}
