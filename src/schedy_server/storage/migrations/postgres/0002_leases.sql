-- Leases, budgets, workers with a record, and what an audit needs to be folded.
-- compatible: no (a server of before would write jobs without their place in the queue)

CREATE TABLE lease_clock (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    t  BIGINT NOT NULL
);
INSERT INTO lease_clock (id, t) VALUES (1, 0);

ALTER TABLE experiment ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';

ALTER TABLE job ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN preempted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN crashed BIGINT NOT NULL DEFAULT 0;
-- Among jobs of equal priority: first, in turn, or last.
ALTER TABLE job ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN resume TEXT;
DROP INDEX job_queue;
CREATE INDEX job_queue ON job (experiment_key, priority DESC, place, number) WHERE status = 'QUEUED';

ALTER TABLE job_write ADD COLUMN reason TEXT;
-- Of what the job held afterwards; null for changes that were made before this column was there.
ALTER TABLE job_write ADD COLUMN state_digest BYTEA;

ALTER TABLE quarantine ADD COLUMN attempt BIGINT;
ALTER TABLE quarantine ADD COLUMN adopted BIGINT;

-- Workers that had trouble lately, by the machine that they run on.
CREATE TABLE worker_record (
    account_key      BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    machine          TEXT COLLATE "C" NOT NULL,
    crashes_in_a_row BIGINT NOT NULL DEFAULT 0,
    since            BIGINT NOT NULL,
    refuted          BIGINT NOT NULL DEFAULT 0,
    quarantined      BIGINT,
    reason           TEXT,
    PRIMARY KEY (account_key, machine)
);

-- What clients without idempotency keys added lately, to recognise what they send again.
CREATE TABLE post_ledger (
    key            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment_key BIGINT NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    account_key    BIGINT NOT NULL,
    digest         BYTEA NOT NULL,
    number         BIGINT NOT NULL,
    connection     TEXT NOT NULL,
    flushed        BIGINT,
    at             BIGINT NOT NULL
);
CREATE INDEX post_ledger_of_request ON post_ledger (experiment_key, digest, at);
CREATE INDEX post_ledger_by_age ON post_ledger (at);

ALTER TABLE attempt DROP CONSTRAINT attempt_state_check;
ALTER TABLE attempt ADD CONSTRAINT attempt_state_check
    CHECK (state IN ('RUNNING', 'CRASHED', 'PRUNED', 'DONE', 'RELEASED', 'LOST', 'TAKEN'));
ALTER TABLE attempt ADD COLUMN deadline BIGINT;
ALTER TABLE attempt ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN late TEXT CHECK (late IN ('adopted', 'kept'));
