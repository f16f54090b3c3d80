/**
 * The query of the address, decoded once. The router's own hook decodes it twice, by which a filter
 * with an ampersand, a plus or a percent sign becomes another one.
 */

import { useCallback, useMemo } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";

type Change = Record<string, string> | ((old: URLSearchParams) => URLSearchParams);

export interface Step {
  /** The way back does not lead here. */
  replace?: boolean | undefined;
  /** More of the same may follow: all that is typed at once is one step for the way back. */
  isTyping?: boolean | undefined;
}

/** The address that somebody is typing at. */
let typed = "";

/** Whether a change takes the place of the address before it, so that the way back does not lead there. */
export function isSameStep(from: string, to: string, step: Step): boolean {
  const goesOn = Boolean(step.isTyping) && from === typed;
  typed = step.isTyping ? to : "";
  return Boolean(step.replace) || goesOn || from === to;
}

export function useSearchParams(): [URLSearchParams, (change: Change, step?: Step) => void] {
  const search = useSearch();
  const query = useMemo(() => new URLSearchParams(search), [search]);
  const set = useCallback((change: Change, step: Step = {}) => {
    const { pathname, search: now, hash } = window.location;
    const next = (typeof change === "function" ? change(new URLSearchParams(now)) : new URLSearchParams(change)).toString();
    const to = `${pathname}${next && `?${next}`}${hash}`;
    navigate(to, { replace: isSameStep(`${pathname}${now}${hash}`, to, step) });
  }, []);
  return [query, set];
}

/** Several names in one part of the address. */
export const join = (names: string[]): string => names.map((each) => each.replace(/%|,/g, (sign) => (sign === "%" ? "%25" : "%2C"))).join(",");

export const split = (text: string | null): string[] =>
  (text ?? "").split(",").filter(Boolean).map((each) => each.replace(/%25|%2C/g, (code) => (code === "%25" ? "%" : ",")));

/** What somebody chose in a part of the page: the address says it; nothing, where nobody chose. */
export function useChoice(part: string): [string[], (names: string[]) => void] {
  const [query, set] = useSearchParams();
  const text = query.get(part);
  const names = useMemo(() => split(text), [text]);
  const choose = useCallback((next: string[]) => set((old) => {
    if (next.length) old.set(part, join(next));
    else old.delete(part);
    return old;
  }), [part, set]);
  return [names, choose];
}
