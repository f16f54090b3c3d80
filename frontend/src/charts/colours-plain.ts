/** Colours that need no page around them, so that a worker can use them. */

export type Rgb = readonly [number, number, number];

export const GREY: Rgb = [128, 136, 150];
export const BLUE: Rgb = [72, 108, 240];
/** The same blue, seen as well in front of the dark. */
export const LIGHT_BLUE: Rgb = [126, 152, 255];
export const ORANGE: Rgb = [235, 120, 30];
