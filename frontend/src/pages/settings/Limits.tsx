import type { FormEvent } from "react";
import type { Experiment } from "../../api";
import { Panel } from "../../ui";

type Values = NonNullable<Experiment["limits"]>;
type Field = { name: string; title: string; why: string; least: number; step: number | "any"; none?: string };

const SECONDS = { least: 0, step: "any" } as const;
const COUNT = { least: 1, step: 1 } as const;
const FIELDS: Field[] = [
  { name: "lease_ttl", title: "Seconds that a worker may keep silent", why: "after that its job goes to another", ...SECONDS, least: 1 },
  { name: "progress_timeout", title: "Seconds that it may be busy without a report", why: "after that it is taken to hang, and its job goes to another", none: "for ever", ...SECONDS },
  { name: "expected_duration", title: "Seconds that a job takes", why: "who has to go before that gets none", none: "learned from those that are done", ...SECONDS },
  { name: "max_lost", title: "Losses before a job is given up", why: "a job that kills its workers must not kill them all", ...COUNT },
  { name: "max_preempted", title: "Preemptions before a job is given up", why: "workers that gave it back in good order", ...COUNT },
  { name: "crash_retries", title: "Tries after a crash", why: "0: a crash is a result", least: 0, step: 1 },
  { name: "legacy_requeue_after", title: "Seconds that a client of 2018 may keep silent", why: "it has no heartbeat, and says nothing while it trains", none: "for ever", ...SECONDS },
];
const LATE = { adopt: "count, if the job has not ended otherwise", keep: "are only kept" };

/** How much silence and how many failures the experiment bears. */
export function Limits({ limits, save }: { limits: Values; save: (limits: Values) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = (name: string) => (form.get(name) === "" ? null : Number(form.get(name)));
    save({ ...Object.fromEntries(FIELDS.map(({ name }) => [name, said(name)])), on_late: String(form.get("on_late")) });
  };
  return (
    <Panel title="Limits">
      <form className="form wide" onSubmit={submit}>
        {FIELDS.map(({ name, title, why, least, step, none }) => (
          <label key={name}>{title}<input name={name} type="number" min={least} step={step} required={!none} placeholder={none} defaultValue={String(limits[name] ?? "")} /><small>{why}</small></label>
        ))}
        <label>Results that come too late
          <select name="on_late" defaultValue={String(limits.on_late)}>{Object.entries(LATE).map(([value, title]) => <option key={value} value={value}>{title}</option>)}</select>
          <small>those of workers that lost their job</small>
        </label>
        <button>Save</button>
      </form>
    </Panel>
  );
}
