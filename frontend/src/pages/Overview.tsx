import type { Experiment } from "../api";
import { chunk } from "../chunk";
import { Code, Problem, Skeleton } from "../ui";
import { useSchema } from "./jobs/fields";

const Board = chunk(() => import("./OverviewBoard").then((module) => module.default));

export function Overview({ experiment }: { experiment: Experiment }) {
  const schema = useSchema(experiment.name);
  const total = Object.values(experiment.counts).reduce((sum, each) => sum + each, 0);
  if (total === 0) return <Start experiment={experiment} />;
  if (schema.error) return <Problem error={schema.error} retry={() => void schema.refetch()} />;
  return schema.data ? <Board experiment={experiment} fields={schema.data.fields} /> : <Skeleton lines={8} />;
}

function Start({ experiment }: { experiment: Experiment }) {
  const name = JSON.stringify(experiment.name);
  return (
    <section className="empty">
      <h2>Ready for its first job</h2>
      <p>Start a worker; as many as you like, wherever you like:</p>
      <Code>{`import schedy\n\nexperiment = schedy.SchedyDB().get_experiment(${name})\nwhile True:\n    with experiment.next_job(wait=60) as job:\n        job.results[${JSON.stringify(experiment.objective?.result ?? "loss")}] = train(**job.hyperparameters)`}</Code>
      <p>Or run any command, in any language:</p>
      <Code>{`schedy run ${/^[\w.-]+$/.test(experiment.name) ? experiment.name : `'${experiment.name.replace(/'/g, `'\\''`)}'`} -- python train.py %h`}</Code>
    </section>
  );
}
