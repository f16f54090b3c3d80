/**
 * The segments of an address, each decoded once. Names may hold a slash, which travels as %2F: so
 * the path is split before it is decoded.
 */
export function segments(path: string, base: string): string[] {
  const rest = path.startsWith(base) ? path.slice(base.length) : path.replace(/^\//, "");
  return rest.split("/").filter(Boolean).map(decoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
