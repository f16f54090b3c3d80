/** What is about to be done, with a way to leave it. */

import { useEffect, useState } from "react";
import { hasten, undo, useDeferred, type Deferred } from "./deferred";

export function Toasts() {
  const all = useDeferred();
  return (
    <div className="toasts" role="status">
      {all.map((each) => <Toast key={each.key} what={each} />)}
    </div>
  );
}

function Toast({ what }: { what: Deferred }) {
  const [left, setLeft] = useState(() => Math.ceil((what.due - Date.now()) / 1000));
  useEffect(() => {
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((what.due - Date.now()) / 1000))), 250);
    return () => clearInterval(timer);
  }, [what.due]);
  if (what.error) return <p className="toast">That failed: {what.error.message} <button onClick={() => hasten(what.key)}>Close</button></p>;
  return (
    <p className="toast">
      <span>{what.says}<span aria-hidden="true"> in {left} s</span>.</span>
      <button onClick={() => undo(what.key)}>Undo</button>
      <button className="quiet" onClick={() => hasten(what.key)}>Now</button>
    </p>
  );
}
