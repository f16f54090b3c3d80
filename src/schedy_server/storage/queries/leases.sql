-- name: lease_time
SELECT t FROM lease_clock WHERE id = 1;

-- name: advance_lease_time
-- Never backwards: of several servers, the one that was up longest leads.
UPDATE lease_clock SET t = :t WHERE id = 1 AND t < :t;

-- name: live_leases
SELECT count(*), coalesce(sum(CASE WHEN held > 0 THEN 1 ELSE 0 END), 0)
  FROM attempt WHERE state = 'RUNNING' AND deadline IS NOT NULL;

-- name: expired_leases
-- Of those that are silent, and of those that are not but report nothing.
SELECT experiment.account_key, experiment.name, attempt.experiment_key, attempt.number, attempt.n, attempt.held,
       CASE WHEN attempt.deadline < :now THEN 0 ELSE 1 END
  FROM attempt JOIN experiment ON experiment.key = attempt.experiment_key
 WHERE attempt.state = 'RUNNING' AND (attempt.deadline < :now OR attempt.progress_deadline < :now)
 ORDER BY attempt.experiment_key, attempt.number;

-- name: renew_lease
-- Only what has a lease gets a longer one; old clients have none, unless somebody set a limit.
UPDATE attempt SET seen = :at, held = 0,
       deadline = CASE WHEN deadline IS NULL THEN NULL
                       WHEN claim_id IS NULL THEN coalesce(:legacy_deadline, deadline)
                       WHEN deadline > :deadline THEN deadline ELSE :deadline END,
       progress_deadline = CASE WHEN progress_deadline IS NULL THEN NULL
                                WHEN progress_deadline > :progress_deadline THEN progress_deadline
                                ELSE coalesce(:progress_deadline, progress_deadline) END
 WHERE experiment_key = :experiment_key AND number = :number AND n = :n AND state = 'RUNNING';

-- name: running_leases
SELECT attempt.experiment_key, attempt.number, attempt.n, attempt.deadline, attempt.held, experiment.limits
  FROM attempt JOIN experiment ON experiment.key = attempt.experiment_key
 WHERE attempt.state = 'RUNNING' AND attempt.deadline IS NOT NULL;

-- name: lengthen_lease
UPDATE attempt SET deadline = :deadline
 WHERE experiment_key = :experiment_key AND number = :number AND n = :n AND state = 'RUNNING' AND deadline < :deadline;

-- name: hold_lease
UPDATE attempt SET held = held + 1, deadline = :deadline
 WHERE experiment_key = :experiment_key AND number = :number AND n = :n AND state = 'RUNNING'
   AND held = :held AND deadline < :deadline;

-- name: set_legacy_deadlines
-- Attempts by claim are those of clients with heartbeats.
UPDATE attempt SET deadline = :deadline
 WHERE experiment_key = :experiment_key AND state = 'RUNNING' AND claim_id IS NULL;

-- name: lengthen_progress
UPDATE attempt SET progress_deadline = :deadline WHERE state = 'RUNNING' AND progress_deadline < :deadline;

-- name: set_progress_deadlines
-- Old clients have no heartbeat that could tell a worker that hangs from one that is dead.
UPDATE attempt SET progress_deadline = :deadline
 WHERE experiment_key = :experiment_key AND state = 'RUNNING' AND claim_id IS NOT NULL;

-- name: keep_resume
UPDATE job SET resume = :resume
 WHERE experiment_key = :experiment_key AND number = :number AND attempt = :n AND status = 'RUNNING';
