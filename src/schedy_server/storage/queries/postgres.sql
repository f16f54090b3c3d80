-- name: experiment_by_name_locked
SELECT {experiment_columns} FROM experiment WHERE account_key = :account_key AND name = :name FOR UPDATE;

-- name: experiment_by_name_if_free
-- For transactions that hold locks already: those that wait while others wait for them deadlock.
SELECT {experiment_columns} FROM experiment WHERE account_key = :account_key AND name = :name
   FOR UPDATE SKIP LOCKED;

-- name: lock_migrations
-- Any constant that nobody else in this database uses.
SELECT pg_advisory_xact_lock(5720391848);
