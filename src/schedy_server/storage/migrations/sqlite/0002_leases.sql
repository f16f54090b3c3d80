-- Leases, budgets, workers with a record, and what an audit needs to be folded.
-- compatible: no (a server of before would write jobs without their place in the queue)

CREATE TABLE lease_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    t  INTEGER NOT NULL
) STRICT;
INSERT INTO lease_clock (id, t) VALUES (1, 0);

ALTER TABLE experiment ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';

ALTER TABLE job ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN preempted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN crashed INTEGER NOT NULL DEFAULT 0;
-- Among jobs of equal priority: first, in turn, or last.
ALTER TABLE job ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN resume TEXT;
DROP INDEX job_queue;
CREATE INDEX job_queue ON job (experiment_key, priority DESC, place, number) WHERE status = 'QUEUED';

ALTER TABLE job_write ADD COLUMN reason TEXT;
-- Of what the job held afterwards; null for changes that were made before this column was there.
ALTER TABLE job_write ADD COLUMN state_digest BLOB;

ALTER TABLE quarantine ADD COLUMN attempt INTEGER;
ALTER TABLE quarantine ADD COLUMN adopted INTEGER;

-- Workers that had trouble lately, by the machine that they run on.
CREATE TABLE worker_record (
    account_key      INTEGER NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    machine          TEXT NOT NULL,
    crashes_in_a_row INTEGER NOT NULL DEFAULT 0,
    since            INTEGER NOT NULL,
    refuted          INTEGER NOT NULL DEFAULT 0,
    quarantined      INTEGER,
    reason           TEXT,
    PRIMARY KEY (account_key, machine)
) STRICT, WITHOUT ROWID;

-- What clients without idempotency keys added lately, to recognise what they send again.
CREATE TABLE post_ledger (
    key            INTEGER PRIMARY KEY,
    experiment_key INTEGER NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    account_key    INTEGER NOT NULL,
    digest         BLOB NOT NULL,
    number         INTEGER NOT NULL,
    connection     TEXT NOT NULL,
    flushed        INTEGER,
    at             INTEGER NOT NULL
) STRICT;
CREATE INDEX post_ledger_of_request ON post_ledger (experiment_key, digest, at);
CREATE INDEX post_ledger_by_age ON post_ledger (at);

-- SQLite can't change a constraint, only make the table anew.
CREATE TABLE attempt_with_leases (
    experiment_key INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    n              INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('RUNNING', 'CRASHED', 'PRUNED', 'DONE', 'RELEASED', 'LOST', 'TAKEN')),
    lease_id       TEXT NOT NULL,
    claim_id       TEXT,
    account_key    INTEGER NOT NULL,
    worker         TEXT,
    started        INTEGER NOT NULL,
    seen           INTEGER NOT NULL,
    ended          INTEGER,
    deadline       INTEGER,
    held           INTEGER NOT NULL DEFAULT 0,
    late           TEXT CHECK (late IN ('adopted', 'kept')),
    PRIMARY KEY (experiment_key, number, n),
    FOREIGN KEY (experiment_key, number) REFERENCES job (experiment_key, number) ON DELETE CASCADE,
    CHECK ((ended IS NULL) = (state = 'RUNNING'))
) STRICT, WITHOUT ROWID;
INSERT INTO attempt_with_leases (experiment_key, number, n, state, lease_id, claim_id, account_key, worker, started, seen, ended)
SELECT experiment_key, number, n, state, lease_id, claim_id, account_key, worker, started, seen, ended FROM attempt;
DROP TABLE attempt;
ALTER TABLE attempt_with_leases RENAME TO attempt;
-- The database itself refuses two owners of one job.
CREATE UNIQUE INDEX attempt_running ON attempt (experiment_key, number) WHERE state = 'RUNNING';
CREATE UNIQUE INDEX attempt_of_claim ON attempt (experiment_key, claim_id) WHERE claim_id IS NOT NULL;
