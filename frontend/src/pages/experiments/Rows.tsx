/** The table of experiments. */

import { Link } from "wouter";
import { seg } from "../../api";
import { duration, number, plural } from "../../format";
import { Icon, Progress, Skeleton, Time } from "../../ui";
import { kindOf, PauseButton } from "../Experiments";
import { secondsLeft, stateOf, type Listed } from "./order";

interface Props {
  experiments: Listed[];
  sort: string;
  onSort: (sort: string) => void;
  picked: ReadonlySet<string>;
  onPick: (names: string[], isOn: boolean) => void;
  isSummed: boolean;
  onTag: (tag: string) => void;
}

export function Rows({ experiments, sort, onSort, picked, onPick, isSummed, onTag }: Props) {
  const names = experiments.map((each) => each.name);
  const isAll = names.every((name) => picked.has(name));
  const head = (key: string, title: string, className?: string) => <Head of={key} title={title} sort={sort} onSort={onSort} className={className} />;
  return (
    <div className="scroll">
      <table className="list experiments">
        <caption className="sr">Experiments</caption>
        <thead>
          <tr>
            <th scope="col" className="tick"><input type="checkbox" checked={isAll} onChange={(event) => onPick(names, event.target.checked)} aria-label="Select all that are shown" /></th>
            {head("name", "Name")}
            <th scope="col">Scheduler</th>
            {head("jobs", "Progress")}
            {head("best", "Best", "number")}
            <th scope="col">Trend</th>
            {head("left", "Pace", "number")}
            {head("modified", "Last activity")}
            <th scope="col"><span className="sr">Actions</span></th>
          </tr>
        </thead>
        <tbody>{experiments.map((each) => <Row key={each.name} experiment={each} isPicked={picked.has(each.name)} onPick={onPick} isSummed={isSummed} onTag={onTag} />)}</tbody>
      </table>
    </div>
  );
}

/** What is high first when one looks at it the first time. */
const DOWNWARD = new Set(["jobs", "modified"]);

function Head({ of, title, sort, onSort, className }: { of: string; title: string; sort: string; onSort: (sort: string) => void; className?: string | undefined }) {
  const isUp = sort === of;
  const isDown = sort === `-${of}`;
  const next = isUp ? `-${of}` : isDown ? of : DOWNWARD.has(of) ? `-${of}` : of;
  return (
    <th scope="col" className={className} aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
      <button className="sorter" onClick={() => onSort(next)}>{title}{(isUp || isDown) && <Icon name={isUp ? "up" : "down"} />}</button>
    </th>
  );
}

function Row({ experiment, isPicked, onPick, isSummed, onTag }: { experiment: Listed; isPicked: boolean; onPick: Props["onPick"]; isSummed: boolean; onTag: (tag: string) => void }) {
  const { name, objective, summary } = experiment;
  const state = stateOf(experiment);
  const left = secondsLeft(experiment);
  return (
    <tr className={isPicked ? "selected" : undefined}>
      <td className="tick"><input type="checkbox" checked={isPicked} onChange={(event) => onPick([name], event.target.checked)} aria-label={`Select ${name}`} /></td>
      <th scope="row">
        <Link href={`/e/${seg(name)}`} className="name"><bdi>{name}</bdi></Link>
        {(experiment.tags.length > 0 || state === "paused" || state === "done") && (
          <span className="beneath">
            {(state === "paused" || state === "done") && <span className="dim"><Icon name={state === "done" ? "done" : "pause"} /> {state}</span>}
            {experiment.tags.map((tag) => <button key={tag} type="button" className="tag-chip" onClick={() => onTag(tag)} title={`Only those with the tag ${tag}`}><bdi>{tag}</bdi></button>)}
          </span>
        )}
      </th>
      <td>{kindOf(experiment)}</td>
      <td><Progress counts={experiment.counts} /></td>
      <td className="number">
        {summary?.best ? <Link href={`/e/${seg(name)}/jobs/${seg(summary.best.id)}`} title={`Job ${summary.best.number}`}>{number(summary.best.quality, 5)}</Link> : "–"}
        {objective && <span className="goal">{objective.direction} <bdi>{objective.result}</bdi></span>}
      </td>
      <td>{isSummed ? <Spark values={summary?.trend ?? []} /> : <Skeleton lines={1} />}</td>
      <td className="number">{left === null ? <Rate experiment={experiment} /> : <span title={`${plural(summary?.remaining ?? 0, "job")} left`}>{duration(left)} left</span>}</td>
      <td><Time at={experiment.modified} /></td>
      <td><PauseButton experiment={experiment} /></td>
    </tr>
  );
}

/** Where there is no end, how fast it goes. */
function Rate({ experiment }: { experiment: Listed }) {
  const rate = experiment.summary?.per_hour;
  return rate ? <span className="dim" title="Jobs that ended in the last hour">{number(rate, 3)} / h</span> : <>–</>;
}

const [WIDE, HIGH] = [90, 24];

/** The best so far over the jobs, as a line as long as a word. */
function Spark({ values }: { values: number[] }) {
  if (values.length < 2) return <span className="dim">–</span>;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: number) => (at / (values.length - 1)) * WIDE;
  const y = (value: number) => (high > low ? HIGH - 2 - ((value - low) / (high - low)) * (HIGH - 4) : HIGH / 2);
  const path = values.map((value, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const last = values.at(-1)!;
  return (
    <svg className="spark" width={WIDE} height={HIGH} viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={`The best so far went from ${number(values[0])} to ${number(last)}`}>
      <path d={path} /><circle cx={WIDE} cy={y(last)} r={2.4} />
    </svg>
  );
}
