/** Keeps what is shown up to date: by news from the server, now and then, or not at all. */

import { useQueryClient, type Query, type QueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect } from "react";
import { Refused } from "./api";
import { listen } from "./news";
import { usePrefs } from "./prefs";
import { stand, standing } from "./standing";

const COALESCE = 250; // milliseconds in which changes become one refresh
const AWAY_AGAIN = 5_000;

/** How often, in seconds, a query is asked again at most; for those that cost the server much. */
interface Meta {
  every?: number;
}

/**
 * Refreshes queries, but never one that is under way: what changes meanwhile is asked for after it.
 */
export function refresher(client: QueryClient) {
  const waiting = new Map<string, QueryKey>();
  let timer: number | undefined;
  const isLate = (query: Query) => {
    const { every } = (query.meta ?? {}) as Meta;
    return query.state.fetchStatus === "fetching" || (every !== undefined && Date.now() - query.state.dataUpdatedAt < every * 1000);
  };
  const flush = () => {
    timer = undefined;
    if (document.hidden) return;
    const keys = [...waiting.values()];
    waiting.clear();
    for (const queryKey of keys) {
      const late = client.getQueryCache().findAll({ queryKey, type: "active", predicate: isLate });
      void client.invalidateQueries({ queryKey, predicate: (query) => !late.includes(query) }, { cancelRefetch: false });
      for (const query of late) waiting.set(query.queryHash, query.queryKey);
    }
    if (waiting.size) timer = window.setTimeout(flush, COALESCE);
  };
  const want = (queryKey: QueryKey) => {
    waiting.set(JSON.stringify(queryKey), queryKey);
    timer ??= window.setTimeout(flush, COALESCE);
  };
  const seen = () => {
    if (!document.hidden && waiting.size) timer ??= window.setTimeout(flush, 0);
  };
  document.addEventListener("visibilitychange", seen);
  return {
    changed: (experiment: string) => {
      want(["experiments"]);
      want(["experiment", experiment]);
    },
    everything: () => want([]),
    stop: () => {
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    },
  };
}

const isAway = (error: unknown): boolean => error instanceof Refused && [0, 502, 503, 504].includes(error.status);

/** Notice by any answer whether the server is there, and whether it still knows who asks. */
function useAnswers(client: QueryClient) {
  useEffect(() => {
    const isStranger = (error: unknown) => error instanceof Refused && error.status === 401;
    const ask = () => void client.refetchQueries({ queryKey: ["me"] }, { cancelRefetch: false });
    const queries = client.getQueryCache().subscribe((event) => {
      if (event.type !== "updated") return;
      const { action } = event;
      if (action.type === "success" && !action.manual) stand({ heard: Date.now() });
      if (action.type !== "error" && action.type !== "failed") return;
      if (isStranger(action.error) && event.query.queryKey[0] !== "me") ask();
      if (isAway(action.error) && standing().kind === "polling" && !standing().isFallback) stand({ kind: "away" });
    });
    const mutations = client.getMutationCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "error" && isStranger(event.action.error)) ask();
    });
    return () => {
      queries();
      mutations();
    };
  }, [client]);
}

/** Refresh all that is shown every so many seconds while somebody looks; sooner when the server was away. */
function poll(seconds: number, everything: () => void): () => void {
  let next = Date.now() + seconds * 1000;
  stand({ kind: "polling", next, isFallback: false });
  const timer = window.setInterval(() => {
    if (standing().kind === "away" && next - Date.now() > AWAY_AGAIN) next = Date.now() + AWAY_AGAIN;
    if (Date.now() >= next && !document.hidden) {
      everything();
      next = Date.now() + seconds * 1000;
      if (standing().kind !== "away" || Date.now() - standing().heard < 2_000) stand({ kind: "polling", next });
    }
    if (standing().kind === "away" && Date.now() - standing().heard < 1_500) stand({ kind: "polling" });
    stand({ next });
  }, 500);
  return () => window.clearInterval(timer);
}

export function useLive() {
  const client = useQueryClient();
  const { refresh } = usePrefs();
  useAnswers(client);
  useEffect(() => {
    const queries = refresher(client);
    const quiet = () => {
      stand({ kind: "off", next: null, isFallback: false });
      return () => {};
    };
    const end = refresh === "live" ? listen(queries) : refresh === "off" ? quiet() : poll(Number(refresh), queries.everything);
    return () => {
      end();
      queries.stop();
      stand({ kind: "waiting", next: null });
    };
  }, [client, refresh]);
}
