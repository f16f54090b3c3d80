/** Lines through spots, with gaps where there is no height. */

export type Spot = readonly [x: number, y: number];

/** The pieces of a line between its gaps, which are where a height is no number. */
export function piecesOf(spots: Spot[]): Spot[][] {
  const pieces: Spot[][] = [];
  spots.forEach((spot, at) => {
    if (!Number.isFinite(spot[1])) return;
    if (at === 0 || !Number.isFinite(spots[at - 1]![1])) pieces.push([]);
    pieces.at(-1)!.push(spot);
  });
  return pieces;
}

/** A line that leaves its gaps out; what stands alone between two of them is a dot. */
export const curvePath = (spots: Spot[]): string => piecesOf(spots).map((piece) => pathOf(piece.length === 1 ? [...piece, ...piece] : piece)).join("");

/** What lies between two lines, wherever there are both of them. */
export function areaOf(low: Spot[], high: Spot[]): string {
  const where = (line: Spot[], other: Spot[]) => piecesOf(line.map((spot, at): Spot => (Number.isFinite(other[at]?.[1]) ? spot : [spot[0], NaN])));
  const back = where(low, high);
  return where(high, low).map((piece, at) => `${pathOf([...piece, ...back[at]!.toReversed()])}Z`).join("");
}

const pathOf = (spots: Spot[]): string => spots.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
