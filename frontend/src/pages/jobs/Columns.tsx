/** Which columns the table shows. */

import { useState } from "react";
import type { Experiment, Field } from "../../api";
import { number, short } from "../../format";
import { Menu } from "../../menu";
import { offered, telling, titleOf } from "./fields";
import type { SetView, View } from "./view";

const MOST = 200; // shown at once; the search finds the rest

export function ColumnPicker({ experiment, fields, view, set }: { experiment: Experiment; fields: Field[]; view: View; set: SetView }) {
  const shown = view.columns ?? telling(fields);
  return (
    <Menu label={<><span data-key="columns">Columns</span> <small>{number(shown.length)}</small></>} name="Columns">
      <Choice experiment={experiment} fields={fields} shown={shown} onChange={(columns) => set({ columns })} />
    </Menu>
  );
}

interface ChoiceProps {
  experiment: Experiment;
  fields: Field[];
  shown: string[];
  onChange: (columns: string[] | null) => void;
}

function Choice({ experiment, fields, shown, onChange }: ChoiceProps) {
  const [search, setSearch] = useState("");
  const groups = offered(experiment, fields)
    .map((group) => ({ ...group, names: group.names.filter((each) => `${each} ${titleOf(each, experiment)}`.toLowerCase().includes(search.toLowerCase())) }))
    .filter((group) => group.names.length);
  const toggle = (name: string, isShown: boolean) => onChange(isShown ? [...shown, name] : shown.filter((each) => each !== name));
  return (
    <>
      <input type="search" aria-label="Find a column" placeholder="Find a column" value={search} onChange={(event) => setSearch(event.target.value)} />
      {groups.length === 0 && <p className="dim">No column is called so.</p>}
      {groups.map((group) => (
        <div key={group.title} role="group" aria-label={group.title}>
          <p className="title">{group.title} <small>{number(group.names.filter((each) => shown.includes(each)).length)} of {number(group.names.length)}</small></p>
          {group.names.slice(0, MOST).map((name) => (
            <label key={name} className="check">
              <input type="checkbox" checked={shown.includes(name)} onChange={(event) => toggle(name, event.target.checked)} /><bdi title={name}>{name.includes(".") ? short(name) : titleOf(name, experiment)}</bdi>
            </label>
          ))}
          {group.names.length > MOST && <p className="dim">and {number(group.names.length - MOST)} more: search for them</p>}
        </div>
      ))}
      <hr />
      <button type="button" onClick={() => onChange([...new Set([...shown, ...groups.flatMap((group) => group.names)])].slice(0, MOST))}>Show {search ? "what was found" : "all"}</button>
      <button type="button" onClick={() => onChange([])}>Show none</button>
      <button type="button" data-closes onClick={() => onChange(null)}>As at first</button>
    </>
  );
}
