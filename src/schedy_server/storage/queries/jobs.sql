-- fragment: job_columns
experiment_key, number, id, status, hyperparameters, results, origin, quality, version, attempt, lease_id, base_tag, worker, reason, priority, revision, created, started, finished, modified, lost, preempted, crashed, place, resume

-- name: job_by_id
SELECT {job_columns} FROM job WHERE experiment_key = :experiment_key AND id = :id;

-- name: job_by_number
SELECT {job_columns} FROM job WHERE experiment_key = :experiment_key AND number = :number;

-- name: oldest_queued
SELECT {job_columns} FROM job
 WHERE experiment_key = :experiment_key AND status = 'QUEUED'
 ORDER BY priority DESC, place, number LIMIT 1;

-- name: queue_head
SELECT number FROM job
 WHERE experiment_key = :experiment_key AND status = 'QUEUED'
 ORDER BY priority DESC, place, number LIMIT :limit;

-- name: insert_job
INSERT INTO job ({job_columns})
VALUES (:experiment_key, :number, :id, :status, :hyperparameters, :results, :origin, :quality, :version,
        :attempt, :lease_id, :base_tag, :worker, :reason, :priority, :revision, :created, :started,
        :finished, :modified, :lost, :preempted, :crashed, :place, :resume);

-- name: update_job
UPDATE job SET status = :status, hyperparameters = :hyperparameters, results = :results, origin = :origin,
       quality = :quality, version = :version, attempt = :attempt, lease_id = :lease_id,
       base_tag = :base_tag, worker = :worker, reason = :reason, priority = :priority,
       revision = :revision, started = :started, finished = :finished, modified = :modified,
       lost = :lost, preempted = :preempted, crashed = :crashed, place = :place, resume = :resume
 WHERE experiment_key = :experiment_key AND number = :number;

-- name: delete_job
DELETE FROM job WHERE experiment_key = :experiment_key AND number = :number;

-- name: insert_tombstone
INSERT INTO tombstone (experiment_key, revision, number) VALUES (:experiment_key, :revision, :number);

-- name: tombstones_since
SELECT number FROM tombstone WHERE experiment_key = :experiment_key AND revision > :since;

-- name: jobs_since
-- What a scheduler has not seen yet, in the order in which it happened.
SELECT number, id, status, hyperparameters, results, origin, finished, attempt FROM job
 WHERE experiment_key = :experiment_key AND revision > :since ORDER BY revision;

-- name: job_columns_since
-- What charts and tables show of the jobs that changed after a revision.
SELECT number, id, status, quality, worker, origin, created, started, finished, modified, revision,
       hyperparameters, results
  FROM job WHERE experiment_key = :experiment_key AND revision > :since ORDER BY number;

-- name: job_page
SELECT {job_columns} FROM job
 WHERE experiment_key = :experiment_key AND number > :after AND number < :before
   AND status IN (:status_1, :status_2, :status_3, :status_4, :status_5)
 ORDER BY number LIMIT :limit;

-- name: job_page_backwards
SELECT {job_columns} FROM job
 WHERE experiment_key = :experiment_key AND number > :after AND number < :before
   AND status IN (:status_1, :status_2, :status_3, :status_4, :status_5)
 ORDER BY number DESC LIMIT :limit;

-- name: job_sort_keys
SELECT number, status, quality, created, started, finished, modified FROM job
 WHERE experiment_key = :experiment_key
   AND status IN (:status_1, :status_2, :status_3, :status_4, :status_5);

-- name: job_payloads
SELECT number, hyperparameters, results FROM job
 WHERE experiment_key = :experiment_key
   AND status IN (:status_1, :status_2, :status_3, :status_4, :status_5);

-- name: job_results
SELECT number, status, reason, results FROM job WHERE experiment_key = :experiment_key;

-- name: set_quality
UPDATE job SET quality = :quality WHERE experiment_key = :experiment_key AND number = :number;

-- name: insert_attempt
INSERT INTO attempt (experiment_key, number, n, state, lease_id, claim_id, account_key, worker, started, seen, deadline, progress_deadline)
VALUES (:experiment_key, :number, :n, 'RUNNING', :lease_id, :claim_id, :account_key, :worker, :at, :at, :deadline, :progress_deadline);

-- name: end_attempt
UPDATE attempt SET state = :state, ended = :at, seen = :at
 WHERE experiment_key = :experiment_key AND number = :number AND n = :n AND state = 'RUNNING';

-- name: attempt_of_claim
SELECT number, n, state FROM attempt WHERE experiment_key = :experiment_key AND claim_id = :claim_id;

-- fragment: attempt_columns
n, state, lease_id, claim_id, worker, deadline, progress_deadline, late, started, seen, ended

-- name: attempt_of_lease
SELECT {attempt_columns} FROM attempt
 WHERE experiment_key = :experiment_key AND number = :number AND lease_id = :lease_id;

-- name: attempt_at
SELECT {attempt_columns} FROM attempt
 WHERE experiment_key = :experiment_key AND number = :number AND n = :n;

-- name: attempts_of_job
SELECT {attempt_columns} FROM attempt
 WHERE experiment_key = :experiment_key AND number = :number ORDER BY n;

-- name: mark_late
-- That its result was adopted stays true, whatever else arrives too late.
UPDATE attempt SET late = CASE WHEN late = 'adopted' THEN late ELSE :late END
 WHERE experiment_key = :experiment_key AND number = :number AND n = :n;

-- name: latest_durations
SELECT finished - started FROM job
 WHERE experiment_key = :experiment_key AND status = 'DONE' AND started IS NOT NULL
 ORDER BY number DESC LIMIT :limit;

-- name: insert_write
INSERT INTO job_write (experiment_key, number, version, base_tag, digest, account_key, actor, attempt,
                       from_status, to_status, at, request_id, reason, state_digest)
VALUES (:experiment_key, :number, :version, :base_tag, :digest, :account_key, :actor, :attempt,
        :from_status, :to_status, :at, :request_id, :reason, :state_digest);

-- name: write_with_tag
-- The change that was made with this very tag: its repeat must not be applied again. There may be
-- two, where an owner never heard of its first one; the one that was asked for alike comes first.
SELECT version, base_tag, digest, account_key, attempt, to_status FROM job_write
 WHERE experiment_key = :experiment_key AND number = :number AND base_tag = :base_tag
 ORDER BY CASE WHEN digest = :digest THEN 0 ELSE 1 END, version DESC LIMIT 1;

-- name: write_at_version
SELECT version, base_tag, digest, account_key, attempt, to_status FROM job_write
 WHERE experiment_key = :experiment_key AND number = :number AND version = :version;

-- name: insert_quarantine
INSERT INTO quarantine (experiment_key, job_id, account_key, base_tag, body, why, at, request_id, attempt)
VALUES (:experiment_key, :job_id, :account_key, :base_tag, :body, :why, :at, :request_id, :attempt);

-- name: is_refused_already
SELECT 1 FROM quarantine
 WHERE experiment_key = :experiment_key AND job_id = :job_id AND body = :body
   AND COALESCE(base_tag, '') = :base_tag AND COALESCE(attempt, 0) = :attempt LIMIT 1;

-- name: refused_bodies
SELECT base_tag, body, why, attempt FROM quarantine
 WHERE experiment_key = :experiment_key AND job_id = :job_id ORDER BY key;

-- name: idempotent_answer
SELECT digest, answer FROM idempotency WHERE account_key = :account_key AND id = :id;

-- name: insert_idempotent_answer
INSERT INTO idempotency (account_key, id, digest, answer, at)
VALUES (:account_key, :id, :digest, :answer, :at);

-- name: forget_idempotent_answers
DELETE FROM idempotency WHERE at < :before;

-- name: insert_event
INSERT INTO event (at, account_key, actor, kind, subject, detail, request_id, reason)
VALUES (:at, :account_key, :actor, :kind, :subject, :detail, :request_id, :reason);
