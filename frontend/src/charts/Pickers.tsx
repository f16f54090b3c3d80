import { nameOf, useView } from "./view";

/** A choice of a field. */
export function FieldSelect({ label, value, fields, onChange }: { label: string; value: string; fields: readonly string[]; onChange: (field: string) => void }) {
  const view = useView();
  return (
    <label className="inline small">{label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {fields.map((field) => <option key={field} value={field}>{nameOf(view, field)}</option>)}
      </select>
    </label>
  );
}
