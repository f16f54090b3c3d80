/** A copy of a job put into the queue, with its hyperparameters to be changed. */

import { QueueDialog } from "../jobs/Queue";
import type { Experiment, Field, Job } from "../../api";

export function Duplicate({ experiment, job, fields, open, onClose }: { experiment: Experiment; job: Job; fields: Field[]; open: boolean; onClose: () => void }) {
  return <QueueDialog experiment={experiment} fields={fields} open={open} onClose={onClose} title={`Duplicate job ${job.id}`} from={job.hyperparameters} />;
}
