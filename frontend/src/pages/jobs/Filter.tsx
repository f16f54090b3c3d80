/** A filter: its conditions as chips that can be taken away, and a field to write more. */

import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { STATUSES, type Field } from "../../api";
import { short } from "../../format";
import { equals, joined, named, terms, valuesOf, withField } from "../../terms";
import { Icon } from "../../ui";

const PAUSE = 400; // milliseconds after the last key

interface Props {
  value: string;
  onChange: (text: string, isTyping?: boolean) => void;
  fields?: Field[];
}

export function FilterBox({ value, onChange, fields = [] }: Props) {
  const [chips, setChips] = useState(() => terms(value));
  const [draft, setDraft] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const line = useRef<HTMLUListElement>(null);
  const list = useId();
  const said = useRef(joined(chips));
  const now = joined(terms(value));
  const whole = joined([...chips, draft.trim()]);
  const say = (text: string, isTyping = false) => {
    said.current = joined(terms(text));
    onChange(text, isTyping);
  };
  useEffect(() => {
    if (now === said.current) return;
    // Somebody else changed it: a header, a link, the way back.
    said.current = now;
    setChips(terms(now));
    setDraft("");
  }, [now]);
  // The newest condition is the one that matters.
  useEffect(() => { if (line.current) line.current.scrollLeft = line.current.scrollWidth; }, [chips.length]);
  useEffect(() => {
    if (joined(terms(whole)) === said.current) return;
    const timer = setTimeout(() => say(whole, true), PAUSE);
    return () => clearTimeout(timer);
  });
  const settle = () => {
    if (!draft.trim()) return;
    setChips(terms(whole));
    setDraft("");
    say(whole);
  };
  const remove = (at: number) => {
    const left = chips.filter((_, index) => index !== at);
    setChips(left);
    say(joined([...left, draft.trim()]));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") settle();
    else if (event.key === "Backspace" && !draft && chips.length) {
      event.preventDefault();
      setDraft(chips.at(-1) ?? "");
      setChips(chips.slice(0, -1));
    }
  };
  return (
    <div className="filter-box" onClick={(event) => { if (event.target === event.currentTarget) field.current?.focus(); }}>
      {chips.length > 0 && (
        <ul ref={line} aria-label="Conditions">
          {chips.map((chip, at) => (
            <li key={`${at} ${chip}`} className="chip"><bdi title={chip}>{chip}</bdi><button type="button" onClick={() => remove(at)} aria-label={`Remove ${chip}`}><Icon name="close" /></button></li>
          ))}
        </ul>
      )}
      <input ref={field} type="search" className="filter" aria-label="Filter" list={draft.length < 30 ? list : undefined} placeholder={chips.length ? "and…" : "Filter, such as lr<1e-3"} title="An id, or conditions such as lr<1e-3 optimizer=adam" value={draft}
        onChange={(event) => setDraft(event.target.value)} onKeyDown={onKeyDown} onBlur={settle} data-key="filter" />
      <datalist id={list}>{suggestions(fields, draft).map((each) => <option key={each} value={each} />)}</datalist>
    </div>
  );
}

function suggestions(fields: Field[], draft: string): string[] {
  const before = /^(.*\s)?/.exec(draft)?.[0] ?? "";
  const names = fields.filter((field) => field.kind !== "other").map((field) => ({ ...field, name: short(field.name) }));
  const found = names.flatMap((field) => (field.kind === "number" ? [`${named(field.name)}<`, `${named(field.name)}>`] : field.categories.slice(0, 8).map((each) => equals(field.name, each))));
  return found.slice(0, 60).map((each) => before + each);
}

export function StatusFilter({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const current = valuesOf(value, ["status"]).join(",").toLowerCase();
  const isKnown = current === "" || STATUSES.some((status) => status.toLowerCase() === current);
  return (
    <label className="inline">Status
      <select value={current} onChange={(event) => onChange(withField(value, ["status"], event.target.value ? [`status:${event.target.value}`] : []))}>
        <option value="">all</option>
        {!isKnown && <option value={current}>{current}</option>}
        {STATUSES.map((status) => <option key={status} value={status.toLowerCase()}>{status.toLowerCase()}</option>)}
      </select>
    </label>
  );
}
