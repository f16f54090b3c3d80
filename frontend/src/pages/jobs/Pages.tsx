/** Which part of the jobs is shown, and the way to the others. */

import { number } from "../../format";
import { SIZES } from "../../prefs";
import { Icon } from "../../ui";
import type { SetView, View } from "./view";

export const pagesOf = (total: number, size: number): number => Math.max(1, Math.ceil(total / size));

export function Pages({ view, set, total, of }: { view: View; set: SetView; total: number; of: number }) {
  const { page, size } = view;
  const last = pagesOf(total, size);
  return (
    <nav className="bar-of-tools pages" aria-label="Pages of the table">
      <span>{number((page - 1) * size + 1)}–{number(Math.min(page * size, total))} of {number(total)}{total < of && ` (${number(of)} in all)`}</span>
      <span className="grow" />
      <button disabled={page <= 1} onClick={() => set({ page: page - 1 })}><Icon name="left" /> Previous</button>
      <label className="inline">page
        <input key={page} className="page-number" inputMode="numeric" defaultValue={page} aria-label={`Page, of ${number(last)}`}
          onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }}
          onBlur={(event) => {
            const wanted = Math.min(last, Math.max(1, Math.round(Number(event.target.value)) || page));
            event.target.value = String(wanted);
            if (wanted !== page) set({ page: wanted });
          }} />
        of {number(last)}
      </label>
      <button disabled={page >= last} onClick={() => set({ page: page + 1 })}>Next <Icon name="right" /></button>
      <label className="inline">Rows<select value={size} onChange={(event) => set({ size: Number(event.target.value) })}>{SIZES.map((each) => <option key={each}>{each}</option>)}</select></label>
    </nav>
  );
}
