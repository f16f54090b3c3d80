/** The same in Python, on the command line, or with curl: to take along. */

import { useState } from "react";
import type { Commands } from "./copyas";
import { Menu } from "./menu";
import { copyText, Icon } from "./ui";

const KINDS: [keyof Commands, string][] = [["python", "Python"], ["cli", "command line"], ["curl", "curl"]];

export function CopyAs({ python, cli, curl, label = "Copy as" }: Commands & { label?: string }) {
  const [copied, setCopied] = useState<string | null>(null);
  const texts = { python, cli, curl };
  return (
    <Menu className="quiet" label={<><Icon name="code" /> {label}</>} name={label}>
      {KINDS.map(([kind, title]) => (
        <div key={kind} className="copy-as">
          <p className="title">{title}</p>
          <button type="button" onClick={() => void copyText(texts[kind]).then(() => setCopied(kind))} aria-label={`Copy as ${title}`}>{copied === kind ? "Copied" : "Copy"}</button>
          <pre tabIndex={0} data-kind={kind}>{texts[kind]}</pre>
        </div>
      ))}
      <p className="dim">With a token in <code>SCHEDY_TOKEN</code>, or after <code>schedy login</code>.</p>
    </Menu>
  );
}
