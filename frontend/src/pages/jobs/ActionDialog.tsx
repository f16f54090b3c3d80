/** Before many jobs are changed: what will happen to how many of them, and why it is done. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { Experiment } from "../../api";
import { actionCommands } from "../../copyas";
import { CopyAs } from "../../CopyMenu";
import { defer } from "../../deferred";
import { number, plural } from "../../format";
import { LONGEST } from "../../Tags";
import { Dialog, Problem } from "../../ui";
import { act, removeJob, SAYS, sizeOf, titleOf, type Action, type Target, type Wish } from "./actions";

export interface Asked {
  action: Action;
  target: Target;
}

interface Props {
  experiment: Experiment;
  asked: Asked | null;
  onClose: () => void;
  onDone: () => void;
}

export function ActionDialog({ experiment, asked, onClose, onDone }: Props) {
  const title = asked ? titleOf(asked.action, asked.target) : "";
  return <Dialog title={title} open={asked !== null} onClose={onClose}>{asked && <Form key={title} experiment={experiment} asked={asked} onClose={onClose} onDone={onDone} />}</Dialog>;
}

function Form({ experiment, asked, onClose, onDone }: { experiment: Experiment; asked: Asked; onClose: () => void; onDone: () => void }) {
  const { action, target } = asked;
  const client = useQueryClient();
  const [tag, setTag] = useState("");
  const [reason, setReason] = useState("");
  const needsTag = action === "tag" || action === "untag";
  const wish: Wish = { action, ...(needsTag ? { tag: tag.trim() } : {}), ...(reason.trim() ? { reason: reason.trim() } : {}) };
  const isMany = sizeOf(target) > 1;
  const trial = useQuery({
    queryKey: ["dry run", experiment.name, action, target],
    queryFn: () => act(experiment.name, target, needsTag ? { action, tag: "tag" } : { action }, { isDryRun: true }),
    enabled: isMany,
    staleTime: 0,
    gcTime: 0,
  });
  const change = useMutation({
    mutationFn: () => act(experiment.name, target, wish),
    onSuccess: (outcome) => {
      void client.invalidateQueries({ queryKey: ["experiment", experiment.name] });
      onDone();
      if (!outcome.refused.length) onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (action !== "delete") return change.mutate();
    remove(experiment.name, target, () => client.invalidateQueries({ queryKey: ["experiment", experiment.name] }));
    onDone();
    onClose();
  };
  if (change.data) return <Result outcome={change.data} onClose={onClose} />;
  return (
    <form className="form" onSubmit={submit}>
      {change.error && <Problem error={change.error} />}
      <p>{"ids" in target && target.ids.length === 1 && <><b><bdi>{target.ids[0]}</bdi></b>: </>}{SAYS[action].does}{action === "delete" && "PBT" in experiment.scheduler && " The population goes on as if they had never been."}</p>
      {isMany && <Trial trial={trial} total={sizeOf(target)} isAll={"filter" in target && target.filter === ""} />}
      {needsTag && <label>Tag<input value={tag} onChange={(event) => setTag(event.target.value)} required maxLength={LONGEST} autoFocus /></label>}
      {!needsTag && action !== "delete" && <label>Why (for those who read the log)<input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={1000} autoFocus /></label>}
      <div className="bar-of-tools">
        <CopyAs {...actionCommands(experiment.name, target, wish)} />
        <span className="grow" />
        <button type="button" onClick={onClose}>Keep</button>
        <button className={action === "delete" || action === "cancel" || action === "void" ? "danger" : "primary"} disabled={change.isPending} autoFocus={action === "delete"}>{SAYS[action].button}</button>
      </div>
    </form>
  );
}

function Trial({ trial, total, isAll }: { trial: { data?: { matched: number; changed: number; refused: { id: string; reason: string }[] } | undefined; error: Error | null }; total: number; isAll: boolean }) {
  if (trial.error) return <Problem error={trial.error} />;
  if (!trial.data) return <p className="dim" aria-busy="true">Counting…</p>;
  const { matched, changed, refused } = trial.data;
  return (
    <div className="note" role="status">
      <p><b>{plural(changed, "job")}</b> will change{matched === changed ? (isAll ? ": all of the experiment." : ".") : ` of ${number(matched)} that match.`}{matched !== total && ` There were ${number(total)} a moment ago.`}</p>
      {refused.length > 0 && <Refusals refused={refused} />}
    </div>
  );
}

function Refusals({ refused }: { refused: { id: string; reason: string }[] }) {
  const reasons = new Map<string, string[]>();
  for (const each of refused) reasons.set(each.reason, [...(reasons.get(each.reason) ?? []), each.id]);
  return (
    <ul className="refusals">
      {[...reasons].map(([reason, ids]) => <li key={reason}>{ids.slice(0, 3).map((id, at) => <span key={id}>{at > 0 && ", "}<bdi>{id}</bdi></span>)}{ids.length > 3 && ` and ${number(ids.length - 3)} more`}: {reason}</li>)}
    </ul>
  );
}

function Result({ outcome, onClose }: { outcome: { changed: number; refused: { id: string; reason: string }[]; more: boolean }; onClose: () => void }) {
  return (
    <>
      <p role="status">{plural(outcome.changed, "job")} changed. These did not{outcome.more && " (and some more)"}:</p>
      <Refusals refused={outcome.refused} />
      <div className="bar-of-tools"><span className="grow" /><button className="primary" onClick={onClose} autoFocus>Close</button></div>
    </>
  );
}

function remove(experiment: string, target: Target, refresh: () => unknown) {
  const ids = "ids" in target ? target.ids : [];
  const which = "ids" in target ? { ids } : { ids, filter: target.filter };
  defer({ says: `${plural(sizeOf(target), "job")} will be deleted`, experiment, ...which }, async (isClosing) => {
    if (ids.length === 1) await removeJob(experiment, ids[0]!, isClosing);
    else await act(experiment, target, { action: "delete" }, { isClosing });
    await refresh();
  });
}
