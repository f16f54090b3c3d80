/**
 * The query of the address, decoded once. The router's own hook decodes it twice, by which a filter
 * with an ampersand, a plus or a percent sign becomes another one.
 */

import { useCallback, useMemo } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";

type Change = Record<string, string> | ((old: URLSearchParams) => URLSearchParams);

export function useSearchParams(): [URLSearchParams, (change: Change, options?: { replace?: boolean }) => void] {
  const search = useSearch();
  const query = useMemo(() => new URLSearchParams(search), [search]);
  const set = useCallback((change: Change, options: { replace?: boolean } = {}) => {
    const { pathname, search: now, hash } = window.location;
    const next = (typeof change === "function" ? change(new URLSearchParams(now)) : new URLSearchParams(change)).toString();
    navigate(`${pathname}${next && `?${next}`}${hash}`, options);
  }, []);
  return [query, set];
}
