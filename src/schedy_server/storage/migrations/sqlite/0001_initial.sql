-- The first schema. Keys of accounts and experiments are never used again (AUTOINCREMENT): what is
-- remembered of a removed one must not pass to the next.
-- Times are microseconds since 1970 UTC; JSON is TEXT exactly as received,
-- because neither database keeps NaN, lone surrogates or large integers in its own JSON type.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    key           INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    created       INTEGER NOT NULL
) STRICT;

-- What proves who is asking: an API token, or one sign-in with a password.
CREATE TABLE credential (
    id          TEXT PRIMARY KEY,
    account_key INTEGER NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('api_token', 'sign_in')),
    name        TEXT NOT NULL,
    scope       TEXT NOT NULL CHECK (scope IN ('admin', 'worker', 'read')),
    digest      BLOB UNIQUE,
    hint        TEXT NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER,
    last_used   INTEGER,
    retired     INTEGER,
    revoked     INTEGER
) STRICT;
CREATE INDEX credential_of_account ON credential (account_key);

CREATE TABLE signing_key (
    id      TEXT PRIMARY KEY,
    secret  BLOB NOT NULL,
    created INTEGER NOT NULL,
    retired INTEGER
) STRICT;

CREATE TABLE setup_link (
    digest  BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT;

-- Failed sign-ins, counted per account and per address.
CREATE TABLE throttle (
    subject  TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    latest   INTEGER NOT NULL
) STRICT;

-- Answers of requests that carried an idempotency key.
CREATE TABLE idempotency (
    account_key INTEGER NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    digest      BLOB NOT NULL,
    answer      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (account_key, id)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (at);

-- What happened besides changes of jobs; those stand in job_write.
CREATE TABLE event (
    key         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    account_key INTEGER,
    actor       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    detail      TEXT,
    request_id  TEXT
) STRICT;
CREATE INDEX event_of_account ON event (account_key, key);

CREATE TABLE experiment (
    key              INTEGER PRIMARY KEY AUTOINCREMENT,
    account_key      INTEGER NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    name             TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('RUNNING', 'DONE')),
    definition       TEXT NOT NULL,
    objective_result TEXT,
    objective_direction TEXT CHECK (objective_direction IN ('min', 'max')),
    seed             INTEGER NOT NULL,
    decisions        INTEGER NOT NULL DEFAULT 0,
    revision         INTEGER NOT NULL DEFAULT 0,
    jobs_created     INTEGER NOT NULL DEFAULT 0,
    queued           INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
    running          INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
    crashed          INTEGER NOT NULL DEFAULT 0 CHECK (crashed >= 0),
    pruned           INTEGER NOT NULL DEFAULT 0 CHECK (pruned >= 0),
    done             INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0),
    created          INTEGER NOT NULL,
    modified         INTEGER NOT NULL,
    UNIQUE (account_key, name),
    CHECK ((objective_result IS NULL) = (objective_direction IS NULL))
) STRICT;

CREATE TABLE job (
    experiment_key  INTEGER NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    number          INTEGER NOT NULL,
    id              TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'CRASHED', 'PRUNED', 'DONE')),
    hyperparameters TEXT NOT NULL,
    results         TEXT NOT NULL,
    origin          TEXT,
    quality         REAL,
    version         INTEGER NOT NULL CHECK (version > 0),
    attempt         INTEGER NOT NULL CHECK (attempt >= 0),
    lease_id        TEXT,
    base_tag        TEXT,
    worker          TEXT,
    reason          TEXT,
    priority        INTEGER NOT NULL DEFAULT 0,
    revision        INTEGER NOT NULL,
    created         INTEGER NOT NULL,
    started         INTEGER,
    finished        INTEGER,
    modified        INTEGER NOT NULL,
    PRIMARY KEY (experiment_key, number),
    UNIQUE (experiment_key, id),
    CHECK ((finished IS NOT NULL) = (status IN ('CRASHED', 'PRUNED', 'DONE'))),
    CHECK (lease_id IS NULL OR status = 'RUNNING')
) STRICT;
CREATE INDEX job_queue ON job (experiment_key, priority DESC, number) WHERE status = 'QUEUED';
CREATE INDEX job_by_revision ON job (experiment_key, revision);

-- Each hand-out of a job to a worker.
CREATE TABLE attempt (
    experiment_key INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    n              INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('RUNNING', 'CRASHED', 'PRUNED', 'DONE', 'RELEASED')),
    lease_id       TEXT NOT NULL,
    claim_id       TEXT,
    account_key    INTEGER NOT NULL,
    worker         TEXT,
    started        INTEGER NOT NULL,
    seen           INTEGER NOT NULL,
    ended          INTEGER,
    PRIMARY KEY (experiment_key, number, n),
    FOREIGN KEY (experiment_key, number) REFERENCES job (experiment_key, number) ON DELETE CASCADE,
    CHECK ((ended IS NULL) = (state = 'RUNNING'))
) STRICT, WITHOUT ROWID;
-- The database itself refuses two owners of one job.
CREATE UNIQUE INDEX attempt_running ON attempt (experiment_key, number) WHERE state = 'RUNNING';
CREATE UNIQUE INDEX attempt_of_claim ON attempt (experiment_key, claim_id) WHERE claim_id IS NOT NULL;

-- Every applied change of a job: the audit trail, and the memory by which repeats are recognised.
CREATE TABLE job_write (
    experiment_key INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    base_tag       TEXT,
    digest         BLOB NOT NULL,
    account_key    INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    attempt        INTEGER NOT NULL,
    from_status    TEXT,
    to_status      TEXT NOT NULL,
    at             INTEGER NOT NULL,
    request_id     TEXT,
    PRIMARY KEY (experiment_key, number, version),
    FOREIGN KEY (experiment_key, number) REFERENCES job (experiment_key, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Results that arrived but could not be applied: kept, never thrown away.
CREATE TABLE quarantine (
    key            INTEGER PRIMARY KEY,
    experiment_key INTEGER NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    job_id         TEXT NOT NULL,
    account_key    INTEGER NOT NULL,
    base_tag       TEXT,
    body           TEXT NOT NULL,
    why            TEXT NOT NULL,
    at             INTEGER NOT NULL,
    request_id     TEXT
) STRICT;
CREATE INDEX quarantine_of_job ON quarantine (experiment_key, job_id);

-- Deleted jobs, so that whoever follows an experiment by revision learns of them.
CREATE TABLE tombstone (
    experiment_key INTEGER NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    revision       INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    PRIMARY KEY (experiment_key, revision)
) STRICT, WITHOUT ROWID;
