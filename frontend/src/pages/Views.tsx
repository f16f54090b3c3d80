/** Saved views: places of the dashboard under a name, for whoever signed in. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { get, seg, send } from "../api";
import { Menu } from "../menu";
import { Icon, Problem } from "../ui";
import "../words/words.css";

interface View {
  name: string;
  experiment: string | null;
  address: string;
  modified: string;
}

const pathOf = (name: string, experiment: string | null): string =>
  `views/${seg(name)}/${experiment === null ? "" : `?experiment=${seg(experiment)}`}`;

/** The address as it is now, below the dashboard's base. */
function here(): string {
  const base = new URL(document.baseURI).pathname.replace(/\/$/, "");
  const { pathname, search } = window.location;
  return `${pathname.startsWith(base) ? pathname.slice(base.length) : pathname}${search}` || "/";
}

/** A menu of the views of an experiment, or of those beyond one; also to save the one at hand. */
export function Views({ experiment }: { experiment: string | null }) {
  return <Menu label={<>Saved <Icon name="open" /></>} name="Saved views"><Sheet experiment={experiment} /></Menu>;
}

function Sheet({ experiment }: { experiment: string | null }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const queryKey = ["views"];
  const { data, error } = useQuery({ queryKey, queryFn: ({ signal }) => get<{ items: View[] }>("views/", signal) });
  const refresh = () => client.invalidateQueries({ queryKey });
  const save = useMutation({
    mutationFn: (wanted: string) => send("PUT", pathOf(wanted, experiment), { address: here() }),
    onSuccess: () => { setName(""); return refresh(); },
  });
  const remove = useMutation({ mutationFn: (view: View) => send("DELETE", pathOf(view.name, view.experiment)), onSettled: refresh });
  const views = (data?.items ?? []).filter((view) => view.experiment === experiment);
  const now = here();
  const isKnown = views.some((view) => view.name === name.trim());
  return (
    <div className="views">
      {error && <Problem error={error} />}
      {views.length === 0 && data && <p className="dim">None yet. A view is what you see now: filter, order, columns, charts.</p>}
      <ul>
        {views.map((view) => (
          <li key={view.name}>
            <button type="button" data-closes onClick={() => go(view.address)} aria-current={view.address === now ? "true" : undefined}><bdi>{view.name}</bdi></button>
            <button type="button" className="sign" onClick={() => remove.mutate(view)} aria-label={`Delete the view ${view.name}`}><Icon name="bin" /></button>
          </li>
        ))}
      </ul>
      <hr />
      <form onSubmit={(event) => { event.preventDefault(); if (name.trim()) save.mutate(name.trim()); }}>
        <label>Save this view as<input value={name} onChange={(event) => setName(event.target.value)} maxLength={500} required /></label>
        <button disabled={save.isPending}>{isKnown ? "Replace" : "Save"}</button>
      </form>
      {(save.error ?? remove.error) && <Problem error={(save.error ?? remove.error)!} />}
      <span className="sr" role="status">{save.isSuccess ? "Saved." : ""}</span>
    </div>
  );
}
