/** Colours of charts, safe for those who see fewer of them, in both themes. */

import { useSyncExternalStore } from "react";
import type { Status } from "../api";
import { BLUE, GREY, LIGHT_BLUE, ORANGE, type Rgb } from "./colours-plain";

export { BLUE, GREY, ORANGE, type Rgb };
export type Scheme = "light" | "dark";

const VIRIDIS: Rgb[] = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]];
// The ends that would vanish in front of the sheet are left out.
const PART: Record<Scheme, [number, number]> = { light: [0, 0.86], dark: [0.24, 1] };

const PALETTE: Rgb[] = [[72, 108, 240], [235, 120, 30], [22, 150, 110], [204, 80, 150], [150, 130, 20], [120, 90, 200], [60, 160, 200], [170, 90, 60]];

const STATUS: Record<Status, Rgb> = { DONE: [40, 150, 100], RUNNING: [60, 130, 230], QUEUED: [150, 158, 170], PRUNED: [214, 150, 30], CRASHED: [214, 60, 50] };

/** The colour of jobs that have no other. */
export const plainOf = (scheme: Scheme): Rgb => (scheme === "dark" ? LIGHT_BLUE : BLUE);

/** The colour of a share from 0 (bad) to 1 (good), as numbers. */
export function ramp(share: number, scheme: Scheme = "light"): Rgb {
  const [from, to] = PART[scheme];
  const place = (from + Math.min(1, Math.max(0, share)) * (to - from)) * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.floor(place)]!;
  const high = VIRIDIS[Math.ceil(place)]!;
  const rest = place - Math.floor(place);
  return [0, 1, 2].map((at) => Math.round(low[at]! + (high[at]! - low[at]!) * rest)) as unknown as Rgb;
}

export const css = (colour: Rgb): string => `rgb(${colour.join(" ")})`;

export const viridis = (share: number, scheme: Scheme = "light"): string => css(ramp(share, scheme));

export const ofCategory = (index: number): Rgb => PALETTE[index % PALETTE.length]!;

export const ofStatus = (status: string): Rgb => STATUS[status.toUpperCase() as Status] ?? GREY;

function schemeNow(): Scheme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function listen(tell: () => void) {
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(tell);
  media.addEventListener("change", tell);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    media.removeEventListener("change", tell);
    observer.disconnect();
  };
}

export const useScheme = (): Scheme => useSyncExternalStore(listen, schemeNow);
