/**
 * Parts of the page that are fetched when they are first wanted, or ahead of that. React's `lazy`
 * holds what has come back for 300 ms after a placeholder was shown somewhere; here it is shown at once.
 */

import { useEffect, useState, type ComponentType, type ReactNode } from "react";
import { Skeleton } from "./ui";

export interface Chunk<P> {
  (props: P): ReactNode;
  /** Fetch it, so that it is there when it is wanted; what fails is tried again then. */
  ahead: () => void;
}

export function chunk<P extends object>(fetch: () => Promise<ComponentType<P>>, waiting: ReactNode = <Skeleton lines={6} />): Chunk<P> {
  let Found: ComponentType<P> | undefined;
  let coming: Promise<void> | undefined;
  const load = () => {
    coming ??= fetch().then((found) => { Found = found; }, () => {
      throw new Error("A part of this page can't be loaded: the server can't be reached, or it is another version by now. Load the page again.");
    });
    coming.catch(() => { coming = undefined; });
    return coming;
  };
  function Part(props: P) {
    const [error, setError] = useState<Error | null>(null);
    const [, show] = useState(false);
    useEffect(() => {
      let isGone = false;
      if (!Found) load().then(() => { if (!isGone) show(true); }, (failure: Error) => { if (!isGone) setError(failure); });
      return () => { isGone = true; };
    }, []);
    if (error) throw error;
    return Found ? <Found {...props} /> : waiting;
  }
  return Object.assign(Part, { ahead: () => { load().catch(() => undefined); } });
}
