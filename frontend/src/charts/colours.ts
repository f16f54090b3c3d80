/** Colours of charts, safe for those who see fewer of them, in both themes. */

export type Rgb = readonly [number, number, number];

export const GREY: Rgb = [128, 136, 150];
export const BLUE: Rgb = [72, 108, 240];
export const ORANGE: Rgb = [235, 120, 30];

const VIRIDIS: Rgb[] = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]];

/** The colour of a share from 0 (bad) to 1 (good). */
export function viridis(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.floor(place)]!;
  const high = VIRIDIS[Math.ceil(place)]!;
  const rest = place - Math.floor(place);
  return `rgb(${low.map((each, at) => Math.round(each + (high[at]! - each) * rest)).join(" ")})`;
}
