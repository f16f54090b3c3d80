/** What is said of tokens. */

import { duration } from "../../format";

export const SCOPES: Record<string, string> = {
  read: "only read",
  worker: "claim and report jobs",
  admin: "do everything",
};

const DAY = 86_400_000; // milliseconds

/** When a token expires; how near that is, as far as somebody should care. */
export function expiry(at: string | null, now: number): { text: string; className?: "bad" | "warn" } {
  if (at === null) return { text: "never" };
  const left = Date.parse(at) - now;
  const day = new Date(at).toLocaleDateString();
  if (left <= 0) return { text: `expired on ${day}`, className: "bad" };
  if (left >= 3 * DAY) return { text: day };
  return { text: `${day}, in ${duration(left / 1000)}`, className: left < DAY ? "bad" : "warn" };
}
