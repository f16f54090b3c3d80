/** What can be done with the selected experiments: one ordinary request for each of them. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { of, send } from "../../api";
import { number, plural } from "../../format";
import { Dialog, Problem } from "../../ui";
import { experimentsAddress, MOST } from "../compare/address";
import { flaw, wordsIn } from "../../Tags";
import { jobsOf, type Listed } from "./order";
import "../jobs/jobs.css";

type What = "pause" | "resume" | "tag" | "untag" | "delete";

interface Props {
  experiments: Listed[];
  tags: string[];
  onDone: () => void;
}

export function Actions({ experiments, tags, onDone }: Props) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [asked, setAsked] = useState<"tag" | "delete" | null>(null);
  const change = useMutation({
    mutationFn: async ({ what, words }: { what: What; words?: string[] }) => {
      for (const each of experiments) await once(each, what, words ?? []);
    },
    onSettled: () => client.invalidateQueries(),
    onSuccess: () => { setAsked(null); onDone(); },
  });
  const names = experiments.map((each) => each.name);
  const canCompare = names.length > 1 && names.length <= MOST;
  const close = () => { setAsked(null); change.reset(); };
  return (
    <>
      <div className="selection" role="region" aria-label="Selected experiments">
        <span role="status"><b>{number(names.length)}</b> selected</span>
        {change.error && asked === null && <span role="alert">{change.error.message}</span>}
        <span className="buttons">
          <button disabled={!canCompare} title={canCompare ? undefined : `Between 2 and ${MOST} experiments can be compared`} onClick={() => go(experimentsAddress(names))}>Compare</button>
          <button disabled={change.isPending} onClick={() => change.mutate({ what: "pause" })}>Pause</button>
          <button disabled={change.isPending} onClick={() => change.mutate({ what: "resume" })}>Resume</button>
          <button onClick={() => setAsked("tag")}>Tag…</button>
          <button className="danger" onClick={() => setAsked("delete")}>Delete…</button>
          <button className="quiet" onClick={onDone}>Clear</button>
        </span>
      </div>
      <Dialog title={`Tag ${plural(names.length, "experiment")}`} open={asked === "tag"} onClose={close}>
        <TagForm experiments={experiments} tags={tags} error={change.error} onSend={(what, words) => change.mutate({ what, words })} onClose={close} />
      </Dialog>
      <Dialog title={`Delete ${plural(names.length, "experiment")}?`} open={asked === "delete"} onClose={close}>
        <DeleteForm experiments={experiments} error={change.error} isPending={change.isPending} onSend={() => change.mutate({ what: "delete" })} onClose={close} />
      </Dialog>
    </>
  );
}

function once(experiment: Listed, what: What, words: string[]): Promise<unknown> {
  const at = of(experiment.name);
  if (what === "delete") return send("DELETE", at);
  if (what === "tag") return send("PATCH", at, { add_tags: words });
  if (what === "untag") return send("PATCH", at, { remove_tags: words });
  const status = what === "pause" ? "DONE" : "RUNNING";
  return experiment.status === status ? Promise.resolve() : send("PATCH", at, { status });
}

function TagForm({ experiments, tags, error, onSend, onClose }: { experiments: Listed[]; tags: string[]; error: Error | null; onSend: (what: "tag" | "untag", words: string[]) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const words = wordsIn(text);
  const wrong = words.map((word) => flaw(word, [])).find(Boolean);
  const some = [...new Set(experiments.flatMap((each) => each.tags))];
  const submit = (event: FormEvent) => { event.preventDefault(); if (words.length && !wrong) onSend("tag", words); };
  return (
    <form className="form" onSubmit={submit}>
      {error && <Problem error={error} />}
      <label>Tags, with spaces between them<input value={text} onChange={(event) => setText(event.target.value)} list="tags-of-all" autoFocus autoComplete="off" />{wrong && <small role="status">{wrong}</small>}</label>
      <datalist id="tags-of-all">{tags.map((tag) => <option key={tag} value={tag} />)}</datalist>
      {some.length > 0 && <p className="dim">They bear: {some.join(", ")}</p>}
      <div className="bar-of-tools"><button type="button" disabled={!words.length} onClick={() => onSend("untag", words)}>Remove</button><span className="grow" /><button type="button" onClick={onClose}>Keep</button><button className="primary" disabled={!words.length || Boolean(wrong)}>Tag</button></div>
    </form>
  );
}

function DeleteForm({ experiments, error, isPending, onSend, onClose }: { experiments: Listed[]; error: Error | null; isPending: boolean; onSend: () => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const total = experiments.reduce((sum, each) => sum + jobsOf(each), 0);
  const running = experiments.reduce((sum, each) => sum + each.counts.RUNNING, 0);
  const wanted = experiments.length === 1 ? experiments[0]!.name : `delete ${experiments.length}`;
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); if (text === wanted) onSend(); }}>
      {error && <Problem error={error} />}
      <p><b>{plural(total, "job")}</b> with all results, notes and history will be lost for good{running > 0 && <>, of which {number(running)} {running === 1 ? "runs" : "run"} now</>}. Only a backup brings them back.</p>
      <ul>{experiments.slice(0, 8).map((each) => <li key={each.name}><bdi>{each.name}</bdi> <span className="dim">{plural(jobsOf(each), "job")}</span></li>)}{experiments.length > 8 && <li className="dim">and {number(experiments.length - 8)} more</li>}</ul>
      <label>To go on, type <b><bdi>{wanted}</bdi></b><input value={text} onChange={(event) => setText(event.target.value)} autoFocus autoComplete="off" /></label>
      <div className="bar-of-tools"><span className="grow" /><button type="button" onClick={onClose}>Keep</button><button className="danger" disabled={text !== wanted || isPending}>Delete for good</button></div>
    </form>
  );
}
