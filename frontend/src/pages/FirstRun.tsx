/** An account without experiments: three lines to copy, and something appears. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Me } from "../App";
import { get, send, url } from "../api";
import { sh } from "../copyas";
import { Code, Problem } from "../ui";
import "./firstrun.css";

const WORKER = `import schedy

db = schedy.SchedyDB()
experiment = db.get_or_add_experiment(schedy.RandomSearch(
    "my task", {"lr": schedy.random.LogUniform(1e-5, 1e-1)}, maximize="accuracy"))
while True:
    with experiment.next_job() as job:
        job.results["accuracy"] = train(**job.hyperparameters)`;

export function FirstRun({ onNew }: { onNew?: () => void }) {
  const me = useQuery({ queryKey: ["me"], queryFn: ({ signal }) => get<Me>("me/", signal), staleTime: Infinity });
  const email = me.data?.email ?? "you@example.org";
  const make = useMutation({ mutationFn: () => send<{ token: string }>("POST", "tokens/", { name: "first worker", scope: "worker", expires_in: null }) });
  const token = make.data?.token;
  return (
    <section className="first-run" aria-labelledby="first-run">
      <h2 id="first-run">Nothing is searched for yet</h2>
      <p>Three steps where you train; what your workers report appears here at once.</p>
      <ol>
        <li><h3>Install the client</h3><Code>pip install schedy</Code></li>
        <li>
          <h3>Tell it where this server is</h3>
          <Code>{`schedy login --root ${sh(url(""))} ${sh(email)}`}</Code>
          {make.error && <Problem error={make.error} />}
          {token ? (
            <div className="note" role="status"><p>Or, where nobody can type a password. The token is shown this once:</p><Code>{`export SCHEDY_ROOT=${sh(url(""))} SCHEDY_EMAIL=${sh(email)} SCHEDY_TOKEN=${sh(token)}`}</Code></div>
          ) : (
            <p className="dim">On a cluster, a token does instead of a password: <button onClick={() => make.mutate()} disabled={make.isPending}>New token</button> <Link href="/account">All tokens</Link></p>
          )}
        </li>
        <li><h3>Start a worker; as many as you like</h3><Code>{WORKER}</Code></li>
      </ol>
      {onNew && <p>Or describe the search here first: <button onClick={onNew}>New experiment…</button></p>}
    </section>
  );
}
