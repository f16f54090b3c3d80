/** What a filter names and no job has: likely a slip of the pen. */

import type { Field } from "../../api";
import { strangers } from "../../terms";

const ALWAYS = ["id", "tag"]; // which no schema lists

export function Strangers({ filter, fields }: { filter: string; fields: Field[] | undefined }) {
  const found = fields ? strangers(filter, [...ALWAYS, ...fields.map((field) => field.name)]) : [];
  return (
    <p role="status" className="strangers">
      {found.length > 0 && <>No job has a field called {found.map((name, at) => <span key={name}>{at > 0 && " or "}<bdi><code>{name}</code></bdi></span>)}: look at the filter.</>}
    </p>
  );
}
