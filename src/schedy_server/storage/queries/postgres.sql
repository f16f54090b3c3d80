-- name: experiment_by_name_locked
SELECT {experiment_columns} FROM experiment WHERE account_key = :account_key AND name = :name FOR UPDATE;

-- name: experiment_by_name_if_free
-- For transactions that hold locks already: those that wait while others wait for them deadlock.
SELECT {experiment_columns} FROM experiment WHERE account_key = :account_key AND name = :name
   FOR UPDATE SKIP LOCKED;

-- name: lock_migrations
-- Any constant that nobody else in this database uses.
SELECT pg_advisory_xact_lock(5720391848);

-- name: no_server_at_work
-- Servers hold this lock together with others, a migration has it for itself: until the commit,
-- no server starts that would have to be asked.
SELECT pg_try_advisory_xact_lock(5720391849);

-- name: servers_at_work
SELECT count(*) FROM pg_locks
 WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (classid::bigint << 32) + objid::bigint = 5720391849;

-- name: server_is_at_work
SELECT 1 FROM pg_locks
 WHERE locktype = 'advisory' AND granted AND classid = 572039185 AND objid = :server AND objsubid = 2
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
 LIMIT 1;

-- name: tell_of_migration
-- Heard by the servers that are at work, once it is committed.
SELECT pg_notify('schedy', 'schema');

-- name: server_settings
SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes');

-- name: synchronous_standbys
SELECT setting FROM pg_settings WHERE name = 'synchronous_standby_names';
