/** In which order, and which way up, the axes of parallel coordinates stand; as an address says it. */

export interface Place {
  field: string;
  isFlipped: boolean;
}

/** `lr,-units`: first lr, then units upside down; fields that are not mentioned come behind. */
export function placesOf(text: string | null, fields: readonly string[]): Place[] {
  const told = (text ?? "").split(",").filter(Boolean).map((each) => ({ field: decodeURIComponent(each.replace(/^-/, "")), isFlipped: each.startsWith("-") }));
  const known = told.filter((place, at) => fields.includes(place.field) && told.findIndex((each) => each.field === place.field) === at);
  const named = new Set(known.map((place) => place.field));
  return [...known, ...fields.filter((field) => !named.has(field)).map((field) => ({ field, isFlipped: false }))];
}

export function textOf(places: Place[], fields: readonly string[]): string | null {
  const isPlain = places.every((place, at) => !place.isFlipped && place.field === fields[at]);
  return isPlain ? null : places.map((place) => `${place.isFlipped ? "-" : ""}${encodeURIComponent(place.field)}`).join(",");
}

export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const rest = items.filter((_, at) => at !== from);
  const end = Math.max(0, Math.min(rest.length, to));
  return [...rest.slice(0, end), items[from]!, ...rest.slice(end)];
}
