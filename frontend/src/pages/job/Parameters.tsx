/** The hyperparameters of a job: where each stands in the experiment, and how the best has it. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get, of, seg, type Job } from "../../api";
import { number, value } from "../../format";
import { write } from "../../json";
import { Copy, Name, Panel } from "../../ui";
import { difference, type Place } from "./place";

export function Parameters({ experiment, job, place }: { experiment: string; job: Job; place: Place | undefined }) {
  const names = Object.keys(job.hyperparameters);
  const bestId = place?.best && place.best.id !== job.id ? place.best.id : null;
  const best = useQuery({
    queryKey: ["experiment", experiment, "job", bestId],
    queryFn: ({ signal }) => get<Job>(`${of(experiment)}jobs/${seg(bestId ?? "")}/`, signal),
    enabled: bestId !== null,
  });
  return (
    <Panel title="Hyperparameters" aside={names.length > 0 && <Copy text={write(job.hyperparameters, 2)} />}>
      {names.length === 0 && <p className="dim">None.</p>}
      {names.length > 0 && (
        <div className="scroll">
          <table className="parameters">
            <caption className="sr">Hyperparameters, compared with the other jobs</caption>
            <thead><tr><th scope="col">Name</th><th scope="col" className="number">Value</th><th scope="col">Among all</th>{best.data && <th scope="col" className="number">To <Link href={`/e/${seg(experiment)}/jobs/${seg(best.data.id)}`}>the best</Link></th>}</tr></thead>
            <tbody>{names.map((name) => (
              <tr key={name}>
                <th scope="row"><Name>{name}</Name></th>
                <td className="number"><bdi>{exact(job.hyperparameters[name])}</bdi></td>
                <td><Percentile share={place?.percentiles[name]} /></td>
                {best.data && <td className="number dim" title={`The best has ${value(best.data.hyperparameters[name])}`}>{difference(job.hyperparameters[name], best.data.hyperparameters[name]) ?? <bdi>{value(best.data.hyperparameters[name])}</bdi>}</td>}
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

const exact = (item: unknown): string => (typeof item === "number" ? String(item) : value(item));

function Percentile({ share }: { share: number | undefined }) {
  if (share === undefined) return <span className="dim">–</span>;
  const percent = Math.round(share * 100);
  return <span title={`${percent} % of the jobs have less`}><span className="rank-bar" aria-hidden="true"><i style={{ left: `${percent}%` }} /></span> <span className="dim number">p{number(percent)}</span></span>;
}
