-- The first schema. Times are microseconds since 1970 UTC; JSON is TEXT exactly as received,
-- because neither database keeps NaN, lone surrogates or large integers in its own JSON type.
-- Text in indexes has the "C" collation: names sort as in SQLite, and an update of the operating
-- system, which may change how languages sort, breaks no index.

CREATE TABLE meta (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE account (
    key           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT,
    created       BIGINT NOT NULL
);

-- What proves who is asking: an API token, or one sign-in with a password.
CREATE TABLE credential (
    id          TEXT COLLATE "C" PRIMARY KEY,
    account_key BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('api_token', 'sign_in')),
    name        TEXT NOT NULL,
    scope       TEXT NOT NULL CHECK (scope IN ('admin', 'worker', 'read')),
    digest      BYTEA UNIQUE,
    hint        TEXT NOT NULL,
    created     BIGINT NOT NULL,
    expires     BIGINT,
    last_used   BIGINT,
    retired     BIGINT,
    revoked     BIGINT
);
CREATE INDEX credential_of_account ON credential (account_key);

CREATE TABLE signing_key (
    id      TEXT COLLATE "C" PRIMARY KEY,
    secret  BYTEA NOT NULL,
    created BIGINT NOT NULL,
    retired BIGINT
);

CREATE TABLE setup_link (
    digest  BYTEA PRIMARY KEY,
    expires BIGINT NOT NULL
);

-- Failed sign-ins, counted per account and per address.
CREATE TABLE throttle (
    subject  TEXT COLLATE "C" PRIMARY KEY,
    failures BIGINT NOT NULL,
    latest   BIGINT NOT NULL
);

-- Answers of requests that carried an idempotency key.
CREATE TABLE idempotency (
    account_key BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    id          TEXT COLLATE "C" NOT NULL,
    digest      BYTEA NOT NULL,
    answer      TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (account_key, id)
);
CREATE INDEX idempotency_by_age ON idempotency (at);

-- What happened besides changes of jobs; those stand in job_write.
CREATE TABLE event (
    key         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          BIGINT NOT NULL,
    account_key BIGINT,
    actor       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    detail      TEXT,
    request_id  TEXT
);
CREATE INDEX event_of_account ON event (account_key, key);

CREATE TABLE experiment (
    key              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_key      BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    name             TEXT COLLATE "C" NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('RUNNING', 'DONE')),
    definition       TEXT NOT NULL,
    objective_result TEXT,
    objective_direction TEXT CHECK (objective_direction IN ('min', 'max')),
    seed             BIGINT NOT NULL,
    decisions        BIGINT NOT NULL DEFAULT 0,
    revision         BIGINT NOT NULL DEFAULT 0,
    jobs_created     BIGINT NOT NULL DEFAULT 0,
    queued           BIGINT NOT NULL DEFAULT 0 CHECK (queued >= 0),
    running          BIGINT NOT NULL DEFAULT 0 CHECK (running >= 0),
    crashed          BIGINT NOT NULL DEFAULT 0 CHECK (crashed >= 0),
    pruned           BIGINT NOT NULL DEFAULT 0 CHECK (pruned >= 0),
    done             BIGINT NOT NULL DEFAULT 0 CHECK (done >= 0),
    created          BIGINT NOT NULL,
    modified         BIGINT NOT NULL,
    UNIQUE (account_key, name),
    CHECK ((objective_result IS NULL) = (objective_direction IS NULL))
);

CREATE TABLE job (
    experiment_key  BIGINT NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    number          BIGINT NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'CRASHED', 'PRUNED', 'DONE')),
    hyperparameters TEXT NOT NULL,
    results         TEXT NOT NULL,
    origin          TEXT,
    quality         DOUBLE PRECISION,
    version         BIGINT NOT NULL CHECK (version > 0),
    attempt         BIGINT NOT NULL CHECK (attempt >= 0),
    lease_id        TEXT,
    base_tag        TEXT,
    worker          TEXT,
    reason          TEXT,
    priority        BIGINT NOT NULL DEFAULT 0,
    revision        BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    started         BIGINT,
    finished        BIGINT,
    modified        BIGINT NOT NULL,
    PRIMARY KEY (experiment_key, number),
    UNIQUE (experiment_key, id),
    CHECK ((finished IS NOT NULL) = (status IN ('CRASHED', 'PRUNED', 'DONE'))),
    CHECK (lease_id IS NULL OR status = 'RUNNING')
);
CREATE INDEX job_queue ON job (experiment_key, priority DESC, number) WHERE status = 'QUEUED';
CREATE INDEX job_by_revision ON job (experiment_key, revision);

-- Each hand-out of a job to a worker.
CREATE TABLE attempt (
    experiment_key BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    n              BIGINT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('RUNNING', 'CRASHED', 'PRUNED', 'DONE', 'RELEASED')),
    lease_id       TEXT NOT NULL,
    claim_id       TEXT COLLATE "C",
    account_key    BIGINT NOT NULL,
    worker         TEXT,
    started        BIGINT NOT NULL,
    seen           BIGINT NOT NULL,
    ended          BIGINT,
    PRIMARY KEY (experiment_key, number, n),
    FOREIGN KEY (experiment_key, number) REFERENCES job (experiment_key, number) ON DELETE CASCADE,
    CHECK ((ended IS NULL) = (state = 'RUNNING'))
);
-- The database itself refuses two owners of one job.
CREATE UNIQUE INDEX attempt_running ON attempt (experiment_key, number) WHERE state = 'RUNNING';
CREATE UNIQUE INDEX attempt_of_claim ON attempt (experiment_key, claim_id) WHERE claim_id IS NOT NULL;

-- Every applied change of a job: the audit trail, and the memory by which repeats are recognised.
CREATE TABLE job_write (
    experiment_key BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    base_tag       TEXT,
    digest         BYTEA NOT NULL,
    account_key    BIGINT NOT NULL,
    actor          TEXT NOT NULL,
    attempt        BIGINT NOT NULL,
    from_status    TEXT,
    to_status      TEXT NOT NULL,
    at             BIGINT NOT NULL,
    request_id     TEXT,
    PRIMARY KEY (experiment_key, number, version),
    FOREIGN KEY (experiment_key, number) REFERENCES job (experiment_key, number) ON DELETE CASCADE
);

-- Results that arrived but could not be applied: kept, never thrown away.
CREATE TABLE quarantine (
    key            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment_key BIGINT NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    job_id         TEXT COLLATE "C" NOT NULL,
    account_key    BIGINT NOT NULL,
    base_tag       TEXT,
    body           TEXT NOT NULL,
    why            TEXT NOT NULL,
    at             BIGINT NOT NULL,
    request_id     TEXT
);
CREATE INDEX quarantine_of_job ON quarantine (experiment_key, job_id);

-- Deleted jobs, so that whoever follows an experiment by revision learns of them.
CREATE TABLE tombstone (
    experiment_key BIGINT NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    revision       BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    PRIMARY KEY (experiment_key, revision)
);
