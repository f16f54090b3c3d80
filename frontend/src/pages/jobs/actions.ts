/** What is done to many jobs at once: to those that were selected, or to all that fit a filter. */

import { of, seg, send } from "../../api";
import { plural } from "../../format";

export type Action = "requeue" | "cancel" | "void" | "delete" | "tag" | "untag";

export type Target = { ids: string[] } | { filter: string; total: number };

export interface Outcome {
  matched: number;
  changed: number;
  refused: { id: string; reason: string }[];
  more: boolean;
}

export interface Wish {
  action: Action;
  tag?: string;
  reason?: string;
}

export const SAYS: Record<Action, { title: string; does: string; button: string }> = {
  requeue: { title: "Requeue", does: "They are run again, from the queue; whoever runs one now is told to stop.", button: "Requeue" },
  cancel: { title: "Cancel", does: "They end without a result; whoever runs one now is told to stop.", button: "Cancel them" },
  void: { title: "Void", does: "Their results stay to be read, but no longer count.", button: "Void" },
  delete: { title: "Delete", does: "Hyperparameters, results and history are lost for good. To have a result not count, void the job instead.", button: "Delete" },
  tag: { title: "Tag", does: "A tag is a word to find them by: filter with tag:word.", button: "Tag" },
  untag: { title: "Remove a tag from", does: "The jobs stay; only the tag goes.", button: "Remove the tag" },
};

export const sizeOf = (target: Target): number => ("ids" in target ? target.ids.length : target.total);
export const titleOf = (wish: Action, target: Target): string => `${SAYS[wish].title} ${plural(sizeOf(target), "job")}?`;

export const bodyOf = (target: Target, wish: Wish): Record<string, unknown> => ({
  ...wish,
  ...("ids" in target ? { ids: target.ids } : { filter: target.filter }),
});

export function act(experiment: string, target: Target, wish: Wish, options: { isDryRun?: boolean; isClosing?: boolean } = {}): Promise<Outcome> {
  const at = `${of(experiment)}actions/`;
  return send<Outcome>("POST", at, { ...bodyOf(target, wish), ...(options.isDryRun ? { dry_run: true } : {}) }, { isClosing: options.isClosing });
}

export const removeJob = (experiment: string, id: string, isClosing = false): Promise<void> =>
  send("DELETE", `${of(experiment)}jobs/${seg(id)}/`, undefined, { isClosing });
