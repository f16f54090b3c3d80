-- name: crash_of_machine
INSERT INTO worker_record (account_key, machine, crashes_in_a_row, since) VALUES (:account_key, :machine, 1, :at)
ON CONFLICT (account_key, machine) DO UPDATE
   SET crashes_in_a_row = CASE WHEN worker_record.since < :fresh THEN 1 ELSE worker_record.crashes_in_a_row + 1 END,
       since = excluded.since;

-- name: success_of_machine
UPDATE worker_record SET crashes_in_a_row = 0, refuted = 0
 WHERE account_key = :account_key AND machine = :machine AND (crashes_in_a_row > 0 OR refuted > 0);

-- name: refute_machine
INSERT INTO worker_record (account_key, machine, since, refuted) VALUES (:account_key, :machine, :at, 1)
ON CONFLICT (account_key, machine) DO UPDATE SET refuted = worker_record.refuted + 1;

-- name: record_of_machine
SELECT machine, crashes_in_a_row, refuted, quarantined, reason FROM worker_record
 WHERE account_key = :account_key AND machine = :machine;

-- name: quarantine_machine
INSERT INTO worker_record (account_key, machine, since, quarantined, reason)
VALUES (:account_key, :machine, :at, :at, :reason)
ON CONFLICT (account_key, machine) DO UPDATE SET quarantined = excluded.quarantined, reason = excluded.reason;

-- name: lift_machine
UPDATE worker_record SET quarantined = NULL, reason = NULL, crashes_in_a_row = 0, refuted = 0
 WHERE account_key = :account_key AND machine = :machine;

-- name: quarantined_machines
SELECT account_key, machine, reason FROM worker_record WHERE quarantined IS NOT NULL;

-- name: records_of_account
SELECT machine, crashes_in_a_row, refuted, quarantined, reason FROM worker_record
 WHERE account_key = :account_key ORDER BY machine;

-- name: running_attempts
SELECT attempt.worker, experiment.name, job.id, attempt.started, attempt.seen FROM attempt
  JOIN experiment ON experiment.key = attempt.experiment_key
  JOIN job ON job.experiment_key = attempt.experiment_key AND job.number = attempt.number
 WHERE experiment.account_key = :account_key AND attempt.state = 'RUNNING' AND attempt.worker IS NOT NULL
 ORDER BY attempt.worker, attempt.started, experiment.name, job.id;

-- name: ended_attempts
-- An experiment that nobody touched since then need not be looked through.
SELECT attempt.worker, experiment.name,
       CAST(sum(CASE WHEN attempt.state = 'DONE' THEN 1 ELSE 0 END) AS BIGINT),
       CAST(sum(CASE WHEN attempt.state IN ('CRASHED', 'LOST') THEN 1 ELSE 0 END) AS BIGINT),
       CAST(sum(attempt.ended - CASE WHEN attempt.started < :since THEN :since ELSE attempt.started END) AS BIGINT),
       min(attempt.started), max(attempt.ended)
  FROM attempt JOIN experiment ON experiment.key = attempt.experiment_key
 WHERE experiment.account_key = :account_key AND experiment.modified >= :since
   AND attempt.ended >= :since AND attempt.worker IS NOT NULL
 GROUP BY attempt.worker, experiment.name ORDER BY attempt.worker, experiment.name;
