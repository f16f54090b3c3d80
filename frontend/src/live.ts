/** News from the server: which experiment changed. What changed is asked for by whoever shows it. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { url } from "./api";

export type Connection = "live" | "waiting" | "polling";

let state: Connection = "waiting";
const listeners = new Set<() => void>();
const POLL_EVERY = 10_000;

function become(next: Connection) {
  state = next;
  for (const listener of listeners) listener();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/**
 * Keep what is shown up to date: by events, or every ten seconds where these don't come through.
 * Refreshing is coalesced: never more than one in flight for the same data.
 */
export function useLive() {
  const client = useQueryClient();
  useEffect(() => {
    const pending = new Set<string>();
    let timer: number | undefined;
    const flush = () => {
      timer = undefined;
      const names = [...pending];
      pending.clear();
      void client.invalidateQueries({ queryKey: ["experiments"] }, { cancelRefetch: false });
      for (const name of names) void client.invalidateQueries({ queryKey: ["experiment", name] }, { cancelRefetch: false });
    };
    const source = new EventSource(url("events/"));
    const poll = window.setInterval(() => {
      if (state !== "live" && !document.hidden) void client.invalidateQueries({}, { cancelRefetch: false });
    }, POLL_EVERY);
    // Streams end now and then by themselves, and the browser comes back at once: no reason to worry.
    let worry: number | undefined;
    source.onopen = () => {
      window.clearTimeout(worry);
      become("live");
    };
    source.onerror = () => {
      window.clearTimeout(worry);
      worry = window.setTimeout(() => become(source.readyState === EventSource.CLOSED ? "polling" : "waiting"), 3_000);
    };
    source.addEventListener("change", (event) => {
      pending.add((JSON.parse(event.data as string) as { experiment: string }).experiment);
      timer ??= window.setTimeout(flush, 300);
    });
    return () => {
      source.close();
      window.clearInterval(poll);
      window.clearTimeout(timer);
      window.clearTimeout(worry);
      become("waiting");
    };
  }, [client]);
}
