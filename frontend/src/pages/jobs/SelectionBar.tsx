/** What can be done with the selected jobs. */

import { useLocation } from "wouter";
import type { Experiment } from "../../api";
import { number } from "../../format";
import { Menu } from "../../menu";
import { jobsAddress, MOST } from "../compare/address";
import { Icon } from "../../ui";
import type { Action } from "./actions";
import type { Selection } from "./selection";

export const MOST_COMPARED = MOST;

export const compareAddress = (experiment: string, ids: string[]): string => jobsAddress(ids.slice(0, MOST_COMPARED).map((id) => ({ experiment, id })));

interface Props {
  experiment: Experiment;
  selection: Selection;
  total: number;
  here: number;
  onAsk: (action: Action) => void;
}

export function SelectionBar({ experiment, selection, total, here, onAsk }: Props) {
  const [, go] = useLocation();
  const { count } = selection;
  if (count === 0) return null;
  const canCompare = !selection.isEverything && count > 1 && count <= MOST_COMPARED;
  return (
    <div className="selection" role="region" aria-label="Selected jobs">
      <span role="status"><b>{number(count)}</b> selected</span>
      {!selection.isEverything && count >= here && total > count && <button className="link" onClick={selection.everything}>Select all {number(total)} matching</button>}
      <span className="buttons">
        <button disabled={!canCompare} title={canCompare ? undefined : `Between 2 and ${MOST_COMPARED} jobs can be compared`} onClick={() => go(compareAddress(experiment.name, selection.ids))}>Compare</button>
        <button onClick={() => onAsk("requeue")}>Requeue…</button>
        <button onClick={() => onAsk("cancel")}>Cancel…</button>
        <button onClick={() => onAsk("void")}>Void…</button>
        <Menu label={<>Tag <Icon name="open" /></>} name="Tag">
          <button type="button" data-closes onClick={() => onAsk("tag")}>Add a tag…</button>
          <button type="button" data-closes onClick={() => onAsk("untag")}>Remove a tag…</button>
        </Menu>
        <button className="danger" onClick={() => onAsk("delete")}>Delete…</button>
        <button className="quiet" onClick={selection.clear}>Clear</button>
      </span>
    </div>
  );
}
