/** A job beside the table, to leaf through jobs without leaving the page; above it where there is no room. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get, of, seg, type Experiment, type Job } from "../../api";
import { duration, number, value } from "../../format";
import { useMedia } from "../../media";
import { Dialog, Icon, Name, Problem, Skeleton, StatusBadge, Time } from "../../ui";

interface Props {
  experiment: Experiment;
  id: string;
  onClose: () => void;
}

export function Beside({ id, ...rest }: Omit<Props, "id"> & { id: string | null }) {
  const isNarrow = useMedia("(max-width: 900px)");
  if (isNarrow) return <Dialog className="above" title={`Job ${id ?? ""}`} open={id !== null} onClose={rest.onClose}>{id !== null && <About id={id} {...rest} />}</Dialog>;
  return id !== null && <Panel id={id} {...rest} />;
}

function Panel(props: Props) {
  const { experiment, id, onClose } = props;
  return (
    <aside className="beside" aria-label={`Job ${id}`}>
      <header>
        <h2><Link href={`/e/${seg(experiment.name)}/jobs/${seg(id)}`}><bdi>{id}</bdi></Link></h2>
        <span className="grow" />
        <button className="quiet" onClick={onClose} aria-label="Close the panel"><Icon name="close" /></button>
      </header>
      <About {...props} />
    </aside>
  );
}

function About({ experiment, id }: Props) {
  const name = experiment.name;
  const { data, error, refetch } = useQuery({
    queryKey: ["experiment", name, "job", id],
    queryFn: ({ signal }) => get<Job>(`${of(name)}jobs/${seg(id)}/`, signal),
  });
  return (
    <>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={6} />}
      {data && <Facts job={data} goal={experiment.objective?.result ?? "quality"} />}
    </>
  );
}

function Facts({ job, goal }: { job: Job; goal: string }) {
  return (
    <>
      <p className="facts">
        <StatusBadge status={job.status} />
        <span><Name>{goal}</Name> <b className="number">{number(job.quality, 6)}</b></span>
        {job.worker && <span>by <bdi>{job.worker}</bdi></span>}
        {job.started && job.finished && <span>took {duration((Date.parse(job.finished) - Date.parse(job.started)) / 1000)}</span>}
        <Time at={job.modified} />
      </p>
      {job.reason && <p className="note"><bdi>{job.reason}</bdi></p>}
      <Values title="Hyperparameters" entries={job.hyperparameters} />
      <Values title="Results" entries={job.results} />
      <p><Link href={`/e/${seg(job.experiment)}/jobs/${seg(job.id)}`}>All about it</Link></p>
    </>
  );
}

function Values({ title, entries }: { title: string; entries: Record<string, unknown> }) {
  const names = Object.keys(entries);
  return (
    <section>
      <h3>{title}</h3>
      {names.length === 0 && <p className="dim">None.</p>}
      <dl className="values">{names.map((name) => <div key={name}><dt><Name>{name}</Name></dt><dd><bdi>{typeof entries[name] === "number" ? String(entries[name]) : value(entries[name])}</bdi></dd></div>)}</dl>
    </section>
  );
}
