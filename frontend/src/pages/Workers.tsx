import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, seg, send } from "../api";
import { ago, number } from "../format";
import { Code, Problem, Skeleton } from "../ui";

interface Worker {
  worker: string;
  running: number;
  seen: string | null;
  crashes_in_a_row: number;
  quarantined: boolean;
  reason: string | null;
  since: string | null;
}

export default function Workers() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["workers"], queryFn: ({ signal }) => get<{ items: Worker[] }>("workers/", signal), refetchInterval: 10_000 });
  const act = useMutation({
    mutationFn: ({ worker, verb }: { worker: string; verb: "lift" | "quarantine" }) => send("POST", `workers/${seg(worker)}/${verb}/`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ["workers"] }),
  });
  return (
    <>
      <div className="heading"><h1>Workers {data && <small>{number(data.items.length)}</small>}</h1></div>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {act.error && <Problem error={act.error} />}
      {!data && !error && <Skeleton lines={5} />}
      {data?.items.length === 0 && (
        <section className="empty"><h2>Nobody works right now</h2><p>A worker is any process that asks for a job:</p><Code>{"schedy run EXPERIMENT -- python train.py %h"}</Code></section>
      )}
      {data && data.items.length > 0 && (
        <div className="scroll"><table>
          <thead><tr><th scope="col">Worker</th><th scope="col">State</th><th scope="col">Running</th><th scope="col">Last heard</th><th scope="col">Crashes in a row</th><th scope="col"><span className="sr">Actions</span></th></tr></thead>
          <tbody>{data.items.map((each) => (
            <tr key={each.worker}>
              <th scope="row"><bdi>{each.worker}</bdi></th>
              <td>{each.quarantined ? <span className="tag bad">no more jobs</span> : each.running ? "busy" : "idle"}{each.reason && <small> {each.reason}</small>}</td>
              <td className="number">{number(each.running)}</td>
              <td>{each.seen ? <time dateTime={each.seen}>{ago(each.seen)}</time> : "–"}</td>
              <td className="number">{number(each.crashes_in_a_row)}</td>
              <td><button className="quiet" disabled={act.isPending} onClick={() => act.mutate({ worker: each.worker, verb: each.quarantined ? "lift" : "quarantine" })}>{each.quarantined ? "Give it jobs again" : "Give it no more jobs"}</button></td>
            </tr>
          ))}</tbody>
        </table></div>
      )}
    </>
  );
}
