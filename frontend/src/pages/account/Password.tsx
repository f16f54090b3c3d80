/** Another password, for whoever knows the one until now. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type FormEvent } from "react";
import type { Me } from "../../App";
import { send } from "../../api";
import { Panel, Problem } from "../../ui";

export function Password({ me }: { me: Me }) {
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [differ, setDiffer] = useState(false);
  const change = useMutation({
    mutationFn: (body: { current: string; new: string }) => send("PUT", "password/", body),
    onSuccess: () => {
      form.current?.reset();
      void client.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [current, wanted] = [String(given.get("current")), String(given.get("new"))];
    const isTwice = wanted === given.get("again");
    setDiffer(!isTwice);
    if (isTwice) change.mutate({ current, new: wanted });
  };
  return (
    <Panel title="Password" className="wide">
      {change.error && <Problem error={change.error} />}
      {differ && <p role="alert" className="bad">The two new passwords differ.</p>}
      {change.isSuccess && !differ && <p role="status" className="good">It is changed. All other browsers are signed out; API tokens go on.</p>}
      <form ref={form} className="form row" onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={me.email} readOnly />
        <label>Current password<input name="current" type="password" autoComplete="current-password" required /></label>
        <label>New password<input name="new" type="password" autoComplete="new-password" minLength={12} required /></label>
        <label>New password, once more<input name="again" type="password" autoComplete="new-password" required /></label>
        <button disabled={change.isPending}>Change it</button>
      </form>
    </Panel>
  );
}
