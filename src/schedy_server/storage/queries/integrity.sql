-- name: whole_experiments
SELECT account.email, experiment.account_key, experiment.name
  FROM experiment JOIN account ON account.key = experiment.account_key
 ORDER BY experiment.key;

-- name: count_all_jobs
SELECT count(*) FROM job;

-- name: attempts_between
SELECT number, n, state, lease_id FROM attempt
 WHERE experiment_key = :experiment_key AND number BETWEEN :first AND :last ORDER BY number, n;

-- name: writes_between
SELECT number, version, base_tag, attempt, from_status, to_status, at, state_digest FROM job_write
 WHERE experiment_key = :experiment_key AND number BETWEEN :first AND :last ORDER BY number, version;

-- name: all_tombstones
SELECT revision, number FROM tombstone WHERE experiment_key = :experiment_key ORDER BY revision;

-- name: forget_refused
DELETE FROM quarantine WHERE at < :before;

-- name: count_running
SELECT count(*) FROM job WHERE status = 'RUNNING';
