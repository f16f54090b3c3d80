/** Which jobs are selected: some, or all that fit the filter. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Job } from "../../api";
import type { Target } from "./actions";

export interface Selection {
  has: (id: string) => boolean;
  pick: (id: string, isSelected: boolean, isRange: boolean) => void;
  page: (isSelected: boolean) => void;
  everything: () => void;
  clear: () => void;
  count: number;
  isEverything: boolean;
  target: Target;
  ids: string[];
}

/** The ids from one row to another, whichever comes first. */
export function between(order: string[], from: string | null, to: string): string[] {
  const [a, b] = [from === null ? -1 : order.indexOf(from), order.indexOf(to)];
  return a < 0 || b < 0 ? [to] : order.slice(Math.min(a, b), Math.max(a, b) + 1);
}

export function useSelection(items: Job[], total: number, filter: string): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [isEverything, setEverything] = useState(false);
  const anchor = useRef<string | null>(null);
  const order = useRef<string[]>([]);
  order.current = items.map((job) => job.id);
  // "All that fit" means another thing once the filter changes.
  useEffect(() => setEverything(false), [filter]);
  const add = useCallback((some: string[], isSelected: boolean) => {
    setEverything(false);
    setIds((old) => {
      const next = new Set(old);
      for (const id of some) isSelected ? next.add(id) : next.delete(id);
      return next;
    });
  }, []);
  const pick = useCallback((id: string, isSelected: boolean, isRange: boolean) => {
    add(isRange ? between(order.current, anchor.current, id) : [id], isSelected);
    anchor.current = id;
  }, [add]);
  return useMemo(() => {
    const clear = () => { setIds(new Set()); setEverything(false); };
    return {
      has: (id) => isEverything || ids.has(id),
      pick,
      page: (isSelected) => add(order.current, isSelected),
      everything: () => setEverything(true),
      clear,
      count: isEverything ? total : ids.size,
      isEverything,
      target: isEverything ? { filter, total } : { ids: [...ids] },
      ids: [...ids],
    };
  }, [ids, isEverything, total, filter, pick, add]);
}
