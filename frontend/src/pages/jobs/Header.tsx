/** The head of a column: sorts, and has a menu for everything else. */

import { useState, type FormEvent } from "react";
import type { Experiment } from "../../api";
import { number } from "../../format";
import { Menu } from "../../menu";
import { boundsOf, named, namesOf, oneOf, valuesOf, withField } from "../../terms";
import { Icon } from "../../ui";
import { FIXED, telling, type Column, type Schema } from "./fields";
import { nextSort, sortedBy, type SetView, type View } from "./view";

const FEW = 60; // categories in a menu

interface Props {
  experiment: Experiment;
  column: Column;
  schema: Schema | undefined;
  view: View;
  set: SetView;
  order: string[];
}

const MOMENTS = new Set(["created", "started", "finished", "modified"]);
const isNumeric = ({ name, field }: Column): boolean => name === "quality" || (field?.kind === "number" && !MOMENTS.has(name));

export function ColumnHeader(props: Props) {
  const { column, view, set, experiment } = props;
  const by = sortedBy(view.sort, column.name, experiment.objective?.direction ?? null);
  const isPinned = view.pinned.includes(column.name);
  return (
    <th scope="col" aria-sort={by?.way} className={[isPinned && "pinned", isNumeric(column) && "number"].filter(Boolean).join(" ") || undefined} data-pin={isPinned ? column.name : undefined}>
      <span className="head">
        {column.canSort ? (
          <button className="sorter" title="Click to sort; with shift, as one more key" onClick={(event) => set({ sort: nextSort(view.sort, column.name, event.shiftKey) })}>
            <bdi title={column.title}>{column.title}</bdi>
            {by && <Icon name={by.way === "descending" ? "down" : "up"} />}
            {by && view.sort.length > 1 && <sup aria-label={`key ${by.rank}`}>{by.rank}</sup>}
          </button>
        ) : (
          <bdi>{column.title}</bdi>
        )}
        <Menu className="quiet sign" label={<Icon name="menu" />} name={`Column ${column.title}`}><ColumnMenu {...props} /></Menu>
      </span>
    </th>
  );
}

function ColumnMenu({ experiment, column, schema, view, set, order }: Props) {
  const { name } = column;
  const key = name === "quality" ? "quality" : name;
  const isPinned = view.pinned.includes(name);
  const isNumber = column.field?.kind === "number";
  const others = view.sort.filter((each) => ![name, ...(name === "quality" ? ["best"] : [])].includes(each.replace(/^-/, "")));
  const shown = view.columns ?? telling(schema?.fields ?? []);
  const at = order.indexOf(name);
  const move = (step: number) => {
    const next = order.filter((each) => !FIXED.includes(each));
    const from = next.indexOf(name);
    next.splice(from, 1);
    next.splice(from + step, 0, name);
    set({ columns: next });
  };
  const isFixed = FIXED.includes(name);
  return (
    <>
      {column.canSort && (
        <>
          <button type="button" data-closes onClick={() => set({ sort: [key] })}><Icon name="up" /> Smallest first</button>
          <button type="button" data-closes onClick={() => set({ sort: [`-${key}`] })}><Icon name="down" /> Largest first</button>
          {others.length > 0 && <button type="button" data-closes onClick={() => set({ sort: [...others, key].slice(-5) })}><Icon name="up" /> As a further key</button>}
          {others.length > 0 && others.length < view.sort.length && <button type="button" data-closes onClick={() => set({ sort: others })}><Icon name="close" /> No longer a key</button>}
          <hr />
        </>
      )}
      {isNumber && <button type="button" data-closes onClick={() => set({ heat: view.heat.includes(name) ? view.heat.filter((each) => each !== name) : [...view.heat, name] })}><Icon name="heat" /> {view.heat.includes(name) ? "No heat map" : "Heat map"}</button>}
      <button type="button" data-closes onClick={() => set({ pinned: isPinned ? view.pinned.filter((each) => each !== name) : [...view.pinned, name] })}><Icon name="pin" /> {isPinned ? "Unpin" : "Pin to the left"}</button>
      {!isFixed && !isPinned && at > 0 && !FIXED.includes(order[at - 1] ?? "") && <button type="button" data-closes onClick={() => move(-1)}><Icon name="left" /> Move to the left</button>}
      {!isFixed && !isPinned && at < order.length - 1 && <button type="button" data-closes onClick={() => move(1)}><Icon name="right" /> Move to the right</button>}
      {!isFixed && <button type="button" data-closes onClick={() => set({ columns: shown.filter((each) => each !== name), pinned: view.pinned.filter((each) => each !== name) })}><Icon name="hidden" /> Hide</button>}
      {isNumber && <Range column={column} schema={schema} view={view} set={set} />}
      {column.field?.kind === "category" && name !== "status" && <Values column={column} schema={schema} view={view} set={set} />}
    </>
  );
}

type FilterProps = Pick<Props, "column" | "schema" | "view" | "set">;

function Range({ column, schema, view, set }: FilterProps) {
  const { name, field } = column;
  const names = namesOf(name, schema?.fields ?? []);
  const [low, high] = boundsOf(view.filter, names);
  const [problem, setProblem] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [from, to] = [String(form.get("from") ?? "").trim(), String(form.get("to") ?? "").trim()];
    if ([from, to].some((each) => Number.isNaN(Number(each)))) return setProblem("Numbers, please: 0.5 or 1e-3.");
    setProblem("");
    set({ filter: withField(view.filter, names, [from && `${named(name)}>=${from}`, to && `${named(name)}<=${to}`]) });
    event.currentTarget.closest<HTMLElement>("[popover]")?.hidePopover();
  };
  return (
    <form onSubmit={submit}>
      <hr />
      <p className="title">Only between</p>
      <div className="range">
        <label>From<input name="from" inputMode="decimal" defaultValue={low} placeholder={number(field?.low)} /></label>
        <label>to<input name="to" inputMode="decimal" defaultValue={high} placeholder={number(field?.high)} /></label>
        <button>Apply</button>
      </div>
      {problem && <p role="alert" className="bad">{problem}</p>}
      {field && field.missing > 0 && <p className="dim">{number(field.missing)} have none; they come last.</p>}
    </form>
  );
}

function Values({ column, schema, view, set }: FilterProps) {
  const { name, field } = column;
  const names = namesOf(name, schema?.fields ?? []);
  const chosen = valuesOf(view.filter, names);
  const all = field?.categories ?? [];
  const toggle = (value: string, isChosen: boolean) => {
    const next = isChosen ? [...chosen, value] : chosen.filter((each) => each !== value);
    set({ filter: withField(view.filter, names, next.length ? [oneOf(name, next)] : []) });
  };
  if (!all.length) return null;
  return (
    <>
      <hr />
      <p className="title">Only these</p>
      {all.slice(0, FEW).map((value) => (
        <label key={value} className="check"><input type="checkbox" checked={chosen.includes(value)} onChange={(event) => toggle(value, event.target.checked)} /><bdi>{value || "(empty)"}</bdi></label>
      ))}
      {all.length > FEW && <p className="dim">and {number(all.length - FEW)} more: write {name}:… into the filter</p>}
    </>
  );
}
