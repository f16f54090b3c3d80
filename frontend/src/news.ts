/**
 * News from the server: which experiment changed. One stream serves all tabs of a browser: whoever
 * holds a lock reads it, and tells the others over a channel; when that tab goes, the next in line
 * goes on where it was. Pages without TLS have no locks: there, each tab has a stream of its own.
 */

import { get, Refused, url } from "./api";
import { stand, standing, type Standing } from "./standing";

export interface Listener {
  changed: (experiment: string) => void;
  everything: () => void;
}

type Message = { type: "change"; experiment: string; id: string } | { type: "all" } | { type: "standing"; standing: Standing } | { type: "hello" };

const POLL_EVERY = 10_000;
const PROBE_EVERY = 5_000;
const STREAM_AGAIN = 30_000;
const LET_GO_AFTER = 60_000; // of a tab that nobody sees

/** Listen to the news until the returned function is called. */
export function listen(listener: Listener): () => void {
  const name = `schedy news ${document.baseURI}`;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
  let last = "";
  let leading: (() => void) | null = null;
  let away: AbortController | null = null;
  let timer: number | undefined;

  const tell = (message: Message) => channel?.postMessage(message);
  const hub = {
    changed: (experiment: string, id: string) => {
      last = id;
      listener.changed(experiment);
      tell({ type: "change", experiment, id });
    },
    everything: () => {
      listener.everything();
      tell({ type: "all" });
    },
    stands: (changes: Partial<Standing>) => {
      stand(changes);
      tell({ type: "standing", standing: standing() });
    },
    last: () => last,
  };
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.type === "hello") {
        if (leading) tell({ type: "standing", standing: standing() });
      } else if (leading) return;
      else if (data.type === "change") {
        last = data.id;
        listener.changed(data.experiment);
      } else if (data.type === "all") listener.everything();
      else if (!document.hidden) stand(data.standing);
    };
  }
  const enter = () => {
    if (away) return;
    const control = new AbortController();
    away = control;
    tell({ type: "hello" });
    const lead = () =>
      new Promise<void>((release) => {
        const stop = follow(hub);
        leading = stop;
        control.signal.addEventListener("abort", () => {
          stop();
          leading = null;
          release();
        });
      });
    if (navigator.locks) void navigator.locks.request(name, { signal: control.signal }, lead).catch(() => {});
    else void lead();
  };
  const leave = () => {
    away?.abort();
    away = null;
  };
  const look = () => {
    window.clearTimeout(timer);
    if (document.hidden) timer = window.setTimeout(leave, LET_GO_AFTER);
    else if (!away) {
      enter();
      listener.everything();
    }
  };
  document.addEventListener("visibilitychange", look);
  enter();
  return () => {
    document.removeEventListener("visibilitychange", look);
    window.clearTimeout(timer);
    leave();
    channel?.close();
  };
}

interface Hub {
  changed: (experiment: string, id: string) => void;
  everything: () => void;
  stands: (changes: Partial<Standing>) => void;
  last: () => string;
}

/** Read the stream; where it fails twice in a row, ask now and then instead, and try it again later. */
function follow(hub: Hub): () => void {
  let source: EventSource | null = null;
  let timer: number | undefined;
  let failures = 0;
  let isOver = false;
  let since = 0;

  const wait = (milliseconds: number, then: () => void) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(then, milliseconds);
    return Date.now() + milliseconds;
  };
  const connect = (isBack: boolean) => {
    source?.close();
    const last = hub.last();
    source = new EventSource(url(last ? `events/?since=${last}` : "events/"));
    source.onopen = () => {
      failures = 0;
      window.clearTimeout(timer);
      hub.stands({ kind: "live", next: null, heard: Date.now(), isFallback: false });
      if (isBack) hub.everything();
      isBack = false;
    };
    source.addEventListener("change", (event: MessageEvent<string>) => {
      hub.stands({ heard: Date.now() });
      hub.changed((JSON.parse(event.data) as { experiment: string }).experiment, event.lastEventId);
    });
    // A stream ends now and then by itself, and the browser comes back at once: no reason to worry.
    source.onerror = () => {
      failures += 1;
      const isClosed = source?.readyState === EventSource.CLOSED;
      if (failures >= 2 || isClosed) void give();
    };
  };
  /** No stream for now: is the server there at all? */
  const give = async () => {
    source?.close();
    source = null;
    since = since || Date.now();
    const is = await probe();
    if (isOver) return;
    if (is === "away") {
      hub.stands({ kind: "away", next: wait(PROBE_EVERY, () => void give()), isFallback: true });
    } else if (standing().kind === "away") {
      failures = 0;
      since = 0;
      connect(true);
    } else if (is === "there") {
      hub.everything();
      const again = Date.now() - since >= STREAM_AGAIN;
      if (again) {
        since = 0;
        failures = 1;
        connect(false);
      } else hub.stands({ kind: "polling", next: wait(POLL_EVERY, () => void give()), heard: Date.now(), isFallback: true });
    } else hub.everything();
  };
  connect(false);
  return () => {
    isOver = true;
    source?.close();
    window.clearTimeout(timer);
  };
}

export async function probe(): Promise<"there" | "stranger" | "away"> {
  try {
    await get("me/");
    return "there";
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return "stranger";
    return "away";
  }
}
