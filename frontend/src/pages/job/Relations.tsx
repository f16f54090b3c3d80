/** The jobs that have to do with this one: whom it goes on from, who went on from it, who is like it. */

import { Link } from "wouter";
import { seg, type Job } from "../../api";
import { number } from "../../format";
import { write } from "../../json";
import { Name, Panel, Problem, Skeleton, StatusBadge } from "../../ui";
import type { Mark, Place } from "./place";

function JobLink({ experiment, job }: { experiment: string; job: Mark }) {
  return <span><Link href={`/e/${seg(experiment)}/jobs/${seg(job.id)}`}><bdi>{job.id}</bdi></Link> <span className="number">{number(job.quality, 5)}</span></span>;
}

const apart = (distance: number): string => (distance === 0 ? "the same" : distance < 0.001 ? "nearly the same" : `${number(100 * distance, 2)} % apart`);

export function Family({ experiment, job, place }: { experiment: string; job: Job; place: Place | undefined }) {
  if (!job.origin) return null;
  const { parent, children } = place ?? {};
  const rest = Object.entries(job.origin).filter(([name, item]) => !name.startsWith("parent") && item !== null && item !== false);
  return (
    <Panel title="Why it was proposed">
      <dl className="values">
        {parent && <div><dt>goes on from</dt><dd><JobLink experiment={experiment} job={parent} /></dd></div>}
        {children && children.length > 0 && <div><dt>went on as</dt><dd>{children.slice(0, 12).map((child, at) => <span key={child.id}>{at > 0 && ", "}<JobLink experiment={experiment} job={child} /></span>)}{children.length > 12 && ` and ${number(children.length - 12)} more`}</dd></div>}
        {rest.map(([name, item]) => <div key={name}><dt><Name>{name}</Name></dt><dd><bdi>{typeof item === "string" ? item : write(item)}</bdi></dd></div>)}
      </dl>
    </Panel>
  );
}

export function Neighbours({ experiment, job, place, error }: { experiment: string; job: Job; place: Place | undefined; error: Error | null }) {
  if (Object.keys(job.hyperparameters).length === 0) return null;
  return (
    <Panel title="Most alike">
      {error && !place && <Problem error={error} />}
      {!place && !error && <Skeleton lines={3} />}
      {place?.neighbours.length === 0 && <p className="dim">There is no other job to compare with.</p>}
      <ul className="neighbours alike">{place?.neighbours.map(({ job: each, distance }) => (
        <li key={each.id}><Link href={`/e/${seg(experiment)}/jobs/${seg(each.id)}`}><bdi>{each.id}</bdi></Link><span className="number">{number(each.quality, 5)}</span><StatusBadge status={each.status} /><span className="dim number">{apart(distance)}</span></li>
      ))}</ul>
      {place && place.compared < place.jobs - 1 && <small>Looked for among {number(place.compared)} of {number(place.jobs)} jobs.</small>}
    </Panel>
  );
}
