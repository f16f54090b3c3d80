-- fragment: experiment_columns
key, account_key, name, status, definition, objective_result, objective_direction, seed, decisions, revision, jobs_created, queued, running, crashed, pruned, done, created, modified, limits

-- name: experiment_by_name
SELECT {experiment_columns} FROM experiment WHERE account_key = :account_key AND name = :name;

-- name: experiment_by_name_locked
-- The lock makes every change of one experiment wait for the one before: numbers stay dense,
-- revisions ordered, and a scheduler never decides from a half-written history.
SELECT {experiment_columns} FROM experiment WHERE account_key = :account_key AND name = :name;

-- name: experiment_page
-- By key, not by offset: what is added or deleted meanwhile moves nobody else.
SELECT {experiment_columns} FROM experiment
 WHERE account_key = :account_key AND name > :after AND substr(name, 1, length(:prefix)) = :prefix
 ORDER BY name LIMIT :limit;

-- name: experiments_since
SELECT {experiment_columns} FROM experiment
 WHERE account_key = :account_key AND modified >= :since ORDER BY modified;

-- name: insert_experiment
INSERT INTO experiment (account_key, name, status, definition, objective_result, objective_direction,
                        seed, created, modified, limits)
VALUES (:account_key, :name, :status, :definition, :objective_result, :objective_direction,
        :seed, :created, :modified, :limits);

-- name: update_experiment
UPDATE experiment SET status = :status, definition = :definition,
       objective_result = :objective_result, objective_direction = :objective_direction,
       seed = :seed, modified = :modified, limits = :limits
 WHERE key = :key;

-- name: count_experiment
-- The counters that every change of a job moves.
UPDATE experiment SET status = :status, decisions = :decisions, revision = :revision, jobs_created = :jobs_created,
       queued = :queued, running = :running, crashed = :crashed, pruned = :pruned, done = :done,
       modified = :modified
 WHERE key = :key;

-- name: delete_experiment
DELETE FROM experiment WHERE key = :key;

-- name: job_outcomes
-- How good the jobs were that ended, in the order in which they did.
SELECT number, id, status, quality, finished FROM job
 WHERE experiment_key = :experiment_key AND finished IS NOT NULL ORDER BY finished, number;
