/**
 * The segments of an address, each decoded once. Names may hold a slash, which travels as %2F: so
 * the path is split before it is decoded.
 */
export function segments(path: string, base: string): string[] {
  const rest = path.startsWith(base) ? path.slice(base.length) : path.replace(/^\//, "");
  return rest.split("/").filter(Boolean).map(decoded);
}

/** Where an address below the dashboard's leads; all others lead to its start. */
export function inside(to: string | null, base: string): string {
  const home = new URL(base);
  try {
    // As browsers read it, to whom a backslash is a slash, and a tab is nothing.
    const found = new URL(home.pathname.replace(/\/$/, "") + to, home);
    const isInside = found.origin === home.origin && found.pathname.startsWith(home.pathname) && !found.pathname.includes("//");
    return isInside && to?.startsWith("/") ? to : "/";
  } catch {
    return "/";
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
