/** Requests to the server's API. Every one is an ordinary, documented call. */

import { parse, write } from "./json";

export type Status = "QUEUED" | "RUNNING" | "DONE" | "CRASHED" | "PRUNED";
export const STATUSES: Status[] = ["DONE", "RUNNING", "QUEUED", "PRUNED", "CRASHED"];

export interface Experiment {
  name: string;
  status: "RUNNING" | "DONE";
  scheduler: Record<string, unknown>;
  objective: { result: string; direction: "min" | "max" } | null;
  seed: number;
  counts: Record<Status, number>;
  created: string;
  modified: string;
  limits?: Record<string, number | string | null>;
  tags: string[];
  note: string;
  /** Only where a list was asked for it. */
  summary?: Summary | undefined;
}

/** How a search goes. */
export interface Summary {
  best: { id: string; number: number; quality: number } | null;
  trend: number[];
  per_hour: number | null;
  remaining: number | null;
}

export interface Job {
  id: string;
  experiment: string;
  number: number;
  status: Status;
  hyperparameters: Record<string, unknown>;
  results: Record<string, unknown>;
  attempt: number;
  quality: number | null;
  worker: string | null;
  reason: string | null;
  origin: Record<string, unknown> | null;
  created: string;
  started: string | null;
  finished: string | null;
  modified: string;
  tags?: string[];
  note?: string;
  lost?: number;
  preempted?: number;
  crashed?: number;
}

export interface Field {
  name: string;
  kind: "number" | "category" | "other";
  low: number | null;
  high: number | null;
  missing: number;
  categories: string[];
}

/** What the server said when it refused: a sentence for people, and where its log has more. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

export const url = (path: string): string => new URL(path, document.baseURI).href;
export const seg = encodeURIComponent;
export const of = (experiment: string): string => `experiments/${seg(experiment)}/`;

/** A name for a request that is made once; pages without TLS have no randomUUID. */
function requestKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Options {
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** The window closes; the request goes on without it. */
  isClosing?: boolean | undefined;
  /** Create, and never replace what is there. */
  isNew?: boolean | undefined;
}

async function ask(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = method === "GET" ? {} : { "x-schedy-csrf": "1", "content-type": "application/json" };
  if (method === "POST") headers["idempotency-key"] = requestKey();
  if (options.isNew) headers["if-none-match"] = "*";
  let response: Response;
  try {
    response = await fetch(url(path), {
      method,
      headers,
      body: options.body === undefined ? null : write(options.body),
      signal: options.signal ?? null,
      keepalive: options.isClosing ?? false,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, `The server can't be reached. ${method === "GET" ? "It is tried again by itself." : "Try again in a moment."}`, null);
  }
  if (!response.ok) {
    throw new Refused(response.status, (await response.text()).slice(0, 500) || response.statusText, response.headers.get("x-request-id"));
  }
  return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return parse(await (await ask("GET", path, { signal })).text()) as T;
}

export async function send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, options: Pick<Options, "isClosing" | "isNew"> = {}): Promise<T> {
  const text = await (await ask(method, path, { ...options, body })).text();
  return (text ? parse(text) : undefined) as T;
}

/** An answer that is no text. */
export async function fetched(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await ask("GET", path, { signal })).arrayBuffer();
}

export interface Columns {
  n: number;
  revision: number;
  start: number;
  data: Map<string, Float32Array>;
  categories: Map<string, string[] | null>;
}

/**
 * Columns for charts: a header in JSON, and after it 32-bit floats, column by column; of each
 * column, first the lowest bytes of all floats, then the next, which packs better.
 */
export async function columns(experiment: string, fields: string[], filter: string, signal?: AbortSignal): Promise<Columns> {
  const query = new URLSearchParams({ fields: fields.join(","), layout: "planes" });
  if (filter) query.set("f", filter);
  const response = await ask("GET", `${of(experiment)}columns/?${query}`, { signal });
  return decode(await response.arrayBuffer());
}

export function decode(buffer: ArrayBuffer): Columns {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as {
    n: number;
    revision: number;
    start: number;
    columns: { name: string; categories: string[] | null }[];
  };
  const data = new Map<string, Float32Array>();
  const categories = new Map<string, string[] | null>();
  header.columns.forEach((column, index) => {
    data.set(column.name, woven(new Uint8Array(buffer, 4 + length + index * header.n * 4, header.n * 4), header.n));
    categories.set(column.name, column.categories);
  });
  return { n: header.n, revision: header.revision, start: header.start, data, categories };
}

/** Floats from the planes of their bytes, lowest first. */
function woven(planes: Uint8Array, n: number): Float32Array {
  const words = new Uint32Array(n);
  for (let at = 0; at < n; at++) words[at] = planes[at]! | (planes[at + n]! << 8) | (planes[at + 2 * n]! << 16) | (planes[at + 3 * n]! << 24);
  return new Float32Array(words.buffer);
}
