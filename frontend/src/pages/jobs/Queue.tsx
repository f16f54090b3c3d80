/** A job put into the queue by hand, with the search space for a hint. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { of, send, type Experiment, type Field, type Job } from "../../api";
import { queueCommands } from "../../copyas";
import { CopyAs } from "../../CopyMenu";
import { number, short } from "../../format";
import { write } from "../../json";
import { covers, draw, literal, said, spaceOf, type Distribution, type Space } from "../../space";
import { Dialog, Icon, Problem } from "../../ui";

interface Props {
  experiment: Experiment;
  fields: Field[];
  open: boolean;
  onClose: () => void;
  title?: string;
  /** The hyperparameters to begin with. */
  from?: Record<string, unknown>;
}

interface Line {
  name: string;
  text: string;
}

const written = (item: unknown): string => (typeof item === "string" && literal(item) === item ? item : write(item));

/** What was drawn from a range need not be so exact; what was chosen is as it is. */
const rounded = (of: Distribution | undefined, item: unknown): unknown =>
  typeof item === "number" && of && !("choice" in of || "const" in of) ? Number(item.toPrecision(6)) : item;

function startOf(space: Space, fields: Field[]): Line[] {
  const names = Object.keys(space);
  const known = names.length ? names : fields.filter((field) => field.name.startsWith("hyperparameters.")).map((field) => short(field.name));
  return known.length ? known.map((name) => ({ name, text: "" })) : [{ name: "", text: "" }];
}

function hint(space: Space, fields: Field[], name: string): string {
  const from = space[name];
  if (from) return said(from);
  const field = fields.find((each) => each.name === `hyperparameters.${name}`);
  if (!field) return "";
  return field.kind === "number" ? `${number(field.low)} to ${number(field.high)} so far` : field.categories.slice(0, 5).join(", ");
}

export function QueueDialog({ experiment, fields, open, onClose, title = "Queue a job", from }: Props) {
  return <Dialog title={title} open={open} onClose={onClose}><Form experiment={experiment} fields={fields} onClose={onClose} {...(from ? { from } : {})} /></Dialog>;
}

function Form({ experiment, fields, onClose, from }: Omit<Props, "open" | "title">) {
  const client = useQueryClient();
  const space = spaceOf(experiment);
  const [lines, setLines] = useState(() => (from && Object.keys(from).length ? Object.entries(from).map(([name, item]) => ({ name, text: written(item) })) : startOf(space, fields)));
  const given = lines.filter((line) => line.name.trim() && line.text.trim());
  const hyperparameters = Object.fromEntries(given.map((line) => [line.name.trim(), literal(line.text.trim())]));
  const add = useMutation({
    mutationFn: () => send<Job>("POST", `${of(experiment.name)}jobs/`, { hyperparameters }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["experiment", experiment.name] });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  const change = (at: number, part: Partial<Line>) => setLines(lines.map((line, index) => (index === at ? { ...line, ...part } : line)));
  const fill = () => setLines(Object.entries(draw(space)).map(([name, item]) => ({ name, text: written(rounded(space[name], item)) })));
  return (
    <form className="form" onSubmit={submit}>
      {add.error && <Problem error={add.error} />}
      <p className="dim">The next worker that asks gets it, before anything that the search proposes.</p>
      {lines.map((line, at) => (
        <div className="row queue-line" key={at}>
          {space[line.name] ? null : <label>Hyperparameter<input value={line.name} onChange={(event) => change(at, { name: event.target.value })} /></label>}
          <label>{space[line.name] ? <bdi>{line.name}</bdi> : "Value"}<input value={line.text} placeholder={hint(space, fields, line.name)} onChange={(event) => change(at, { text: event.target.value })} autoFocus={at === 0} /></label>
          {!space[line.name] && <button type="button" className="quiet" onClick={() => setLines(lines.filter((_, index) => index !== at))} aria-label={`Remove ${line.name || "this line"}`}><Icon name="close" /></button>}
          <Warning space={space} line={line} />
        </div>
      ))}
      <div className="bar-of-tools">
        {Object.keys(space).length > 0 && <button type="button" onClick={fill}>Draw from the search space</button>}
        <button type="button" onClick={() => setLines([...lines, { name: "", text: "" }])}>Add a hyperparameter</button>
      </div>
      <div className="bar-of-tools">
        <CopyAs {...queueCommands(experiment.name, hyperparameters)} />
        <span className="grow" />
        <button type="button" onClick={onClose}>Cancel</button>
        <button className="primary" disabled={add.isPending}>Queue it</button>
      </div>
    </form>
  );
}

function Warning({ space, line }: { space: Space; line: Line }) {
  const from = space[line.name];
  if (!from || !line.text.trim() || covers(from, literal(line.text.trim()))) return null;
  return <small role="status">outside of the search space: {said(from)}</small>;
}
