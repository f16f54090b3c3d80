-- name: experiment_by_name_locked
SELECT {experiment_columns} FROM experiment WHERE account_key = :account_key AND name = :name FOR UPDATE;

-- name: oldest_queued
-- A row that another server is just deleting or changing is not worth waiting for.
SELECT {job_columns} FROM job
 WHERE experiment_key = :experiment_key AND status = 'QUEUED'
 ORDER BY priority DESC, number LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: lock_migrations
-- Any constant that nobody else in this database uses.
SELECT pg_advisory_xact_lock(5720391848);
