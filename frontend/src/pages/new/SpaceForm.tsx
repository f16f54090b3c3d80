/** The search space: a line for each hyperparameter, with a picture of what will be tried. */

import { Icon } from "../../ui";
import { said, type Kind } from "../../space";
import { Bars } from "./Bars";
import { DIMENSION, distributionOf, problemsOf, type Dimension, type Explore } from "./draft";

interface Props {
  space: Dimension[];
  isPopulation: boolean;
  /** What the server said of a hyperparameter. */
  refused: { at: string; says: string } | null;
  onChange: (space: Dimension[]) => void;
}

export function SpaceForm({ space, isPopulation, refused, onChange }: Props) {
  const problems = problemsOf(space, isPopulation);
  const change = (index: number, part: Partial<Dimension>) => onChange(space.map((each, at) => (at === index ? { ...each, ...part } : each)));
  return (
    <fieldset className="space">
      <legend>{isPopulation ? "Search space, where the first generation starts" : "Search space"}</legend>
      {space.map((each, index) => (
        <DimensionForm key={index} of={each} isPopulation={isPopulation} says={(refused?.at === `space ${each.name.trim()}` ? refused.says : null) ?? problems[index] ?? null}
          onChange={(part) => change(index, part)} onRemove={() => onChange(space.filter((_, at) => at !== index))} />
      ))}
      <button type="button" onClick={() => onChange([...space, { ...DIMENSION }])}>Add a hyperparameter</button>
    </fieldset>
  );
}

interface OneProps {
  of: Dimension;
  isPopulation: boolean;
  /** What is wrong with it. */
  says: string | null;
  onChange: (part: Partial<Dimension>) => void;
  onRemove: () => void;
}

function DimensionForm({ of, isPopulation, says, onChange, onRemove }: OneProps) {
  const distribution = distributionOf(of);
  return (
    <div className="dimension">
      <div className="row">
        <label>Hyperparameter<input value={of.name} maxLength={200} onChange={(event) => onChange({ name: event.target.value })} /></label>
        <label>Values
          <select value={of.kind} onChange={(event) => onChange({ kind: event.target.value as Kind })}>
            <option value="loguniform">log-uniform</option><option value="uniform">uniform</option><option value="normal">normal</option><option value="choice">one of</option><option value="const">always</option>
          </select>
        </label>
        <Details of={of} onChange={onChange} isBad={says !== null} />
        <button type="button" className="quiet" onClick={onRemove} aria-label={`Remove ${of.name || "this hyperparameter"}`}><Icon name="close" /></button>
      </div>
      {isPopulation && <ExploreForm of={of} onChange={onChange} />}
      {says ? <p className="bad says" role="alert">{says}</p> : <p className="preview"><Bars of={distribution} /> <small>{said(distribution)}</small></p>}
    </div>
  );
}

function Details({ of, onChange, isBad }: { of: Dimension; onChange: (part: Partial<Dimension>) => void; isBad: boolean }) {
  const field = (title: string, key: keyof Dimension, more: { placeholder?: string; isNumber?: boolean } = {}) => (
    <label key={key}>{title}<input value={of[key]} required={key !== "weights"} inputMode={more.isNumber ? "decimal" : "text"} placeholder={more.placeholder} aria-invalid={isBad || undefined} onChange={(event) => onChange({ [key]: event.target.value })} /></label>
  );
  if (of.kind === "choice") return <>{field("Choices, by commas", "values", { placeholder: "adam, sgd" })}{field("Weights, if not alike", "weights", { placeholder: "1, 2" })}</>;
  if (of.kind === "const") return field("Value", "value", { placeholder: "relu" });
  if (of.kind === "normal") return <>{field("Mean", "mean", { isNumber: true })}{field("Standard deviation", "std", { isNumber: true })}</>;
  return <>{field("From", "low", { isNumber: true })}{field("To", "high", { isNumber: true })}</>;
}

function ExploreForm({ of, onChange }: { of: Dimension; onChange: (part: Partial<Dimension>) => void }) {
  const field = (title: string, key: keyof Dimension) => <label>{title}<input value={of[key]} inputMode="decimal" required onChange={(event) => onChange({ [key]: event.target.value })} /></label>;
  return (
    <div className="row explore">
      <label>Copies are varied by
        <select value={of.explore} onChange={(event) => onChange({ explore: event.target.value as Explore })}>
          <option value="perturb">a random factor</option><option value="perturbchoice">one of some factors</option><option value="resample">a new draw, now and then</option><option value="keep">nothing: kept as it is</option>
        </select>
      </label>
      {of.explore === "perturb" && <>{field("Factor from", "minFactor")}{field("Factor to", "maxFactor")}</>}
      {of.explore === "perturbchoice" && field("Factors, by commas", "factors")}
      {of.explore === "resample" && field("How often, from 0 to 1", "probability")}
    </div>
  );
}
