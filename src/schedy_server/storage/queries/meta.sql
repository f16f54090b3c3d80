-- name: meta
SELECT value FROM meta WHERE name = :name;

-- name: set_meta
INSERT INTO meta (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: lock_migrations
-- SQLite holds the write lock since BEGIN IMMEDIATE.
SELECT 1;

-- name: create_migration_table
CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL);

-- name: migrations_done
SELECT number FROM migration;

-- name: insert_migration
INSERT INTO migration (number, name, at) VALUES (:number, :name, :at);

-- name: server_is_at_work
-- On SQLite, there is no other.
SELECT 1 FROM meta WHERE :server < 0;
