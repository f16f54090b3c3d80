-- fragment: line_columns
job_write.at, job_write.number, job_write.version, job.id, job_write.attempt, job_write.from_status, job_write.to_status, job_write.actor, attempt.worker, job_write.reason, job_write.request_id

-- fragment: line_joins
JOIN job ON job.experiment_key = job_write.experiment_key AND job.number = job_write.number
LEFT JOIN attempt ON attempt.experiment_key = job_write.experiment_key
     AND attempt.number = job_write.number AND attempt.n = job_write.attempt

-- name: writes_of_experiment
-- First the page, by its index alone; then what there is to say of its lines.
SELECT {line_columns} FROM (
    SELECT * FROM job_write
     WHERE experiment_key = :experiment_key AND (at, number, version) > (:at, :number, :version)
     ORDER BY at, number, version LIMIT :limit
) AS job_write {line_joins}
 ORDER BY job_write.at, job_write.number, job_write.version;

-- name: writes_of_job
-- Of an expression there is no index: the few lines of a job are found by its number.
SELECT {line_columns} FROM job_write {line_joins}
 WHERE job_write.experiment_key = :experiment_key AND job_write.number = :of_number
   AND (job_write.at + 0, job_write.number, job_write.version) > (:at, :number, :version)
 ORDER BY job_write.at + 0, job_write.number, job_write.version LIMIT :limit;

-- name: events_of_experiment
-- What happened before it was made happened to another one of that name.
SELECT at, key, kind, detail, actor, request_id, reason FROM event
 WHERE account_key = :account_key AND subject = :subject AND at >= :since
   AND kind IN ('experiment created', 'experiment changed', 'job deleted')
   AND (at, key) > (:at, :key)
 ORDER BY at, key LIMIT :limit;

-- name: latest_deletions
-- Of the latest events alone: who looks does so twice a second.
SELECT subject, at FROM (
       SELECT key, kind, subject, at FROM event WHERE account_key = :account_key ORDER BY key DESC LIMIT 200
     ) AS latest
 WHERE kind = 'experiment deleted' AND at >= :since ORDER BY key;

-- name: events_of_job
SELECT at, key, kind, detail, actor, request_id, reason FROM event
 WHERE account_key = :account_key AND subject = :subject AND at >= :since
   AND kind = 'job deleted' AND detail = :job_id
   AND (at, key) > (:at, :key)
 ORDER BY at, key LIMIT :limit;

-- fragment: kept_columns
key, job_id, attempt, body, why, at, adopted, request_id

-- name: kept_of_experiment
SELECT {kept_columns} FROM quarantine
 WHERE experiment_key = :experiment_key AND key > :after ORDER BY key LIMIT :limit;

-- name: kept_of_job
SELECT {kept_columns} FROM quarantine
 WHERE experiment_key = :experiment_key AND job_id = :job_id AND key > :after ORDER BY key LIMIT :limit;

-- name: kept_at
SELECT {kept_columns} FROM quarantine WHERE experiment_key = :experiment_key AND key = :key;

-- name: mark_adopted
UPDATE quarantine SET adopted = :at WHERE experiment_key = :experiment_key AND key = :key;
