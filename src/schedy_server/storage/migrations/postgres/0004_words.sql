-- Tags and notes of experiments and jobs, who wrote them when, and views that somebody saved.
-- compatible: yes (it only adds; what servers of before delete takes its words with it)

-- Apart from what changes while jobs run, so that a worker's requests never touch them. Tags are
-- parted by spaces, which they do not contain. `revision` is the change of the experiment that made
-- them what they are; what had words once keeps its row, so that whoever follows learns of their end.
CREATE TABLE experiment_words (
    experiment_key BIGINT PRIMARY KEY REFERENCES experiment (key) ON DELETE CASCADE,
    tags           TEXT NOT NULL,
    note           TEXT NOT NULL,
    revision       BIGINT NOT NULL
);

CREATE TABLE job_words (
    experiment_key BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    tags           TEXT NOT NULL,
    note           TEXT NOT NULL,
    revision       BIGINT NOT NULL,
    PRIMARY KEY (experiment_key, number),
    FOREIGN KEY (experiment_key, number) REFERENCES job (experiment_key, number) ON DELETE CASCADE
);
CREATE INDEX job_words_by_revision ON job_words (experiment_key, revision);

-- Every change of words: their part of the audit trail. Without a number, those of the experiment.
CREATE TABLE words_write (
    experiment_key BIGINT NOT NULL REFERENCES experiment (key) ON DELETE CASCADE,
    revision       BIGINT NOT NULL,
    number         BIGINT,
    what           TEXT NOT NULL,
    words_digest   BYTEA NOT NULL,
    account_key    BIGINT NOT NULL,
    actor          TEXT NOT NULL,
    at             BIGINT NOT NULL,
    request_id     TEXT,
    reason         TEXT,
    PRIMARY KEY (experiment_key, revision),
    FOREIGN KEY (experiment_key, number) REFERENCES job (experiment_key, number) ON DELETE CASCADE
);
CREATE INDEX words_write_of_job ON words_write (experiment_key, number, revision);
CREATE INDEX words_write_by_age ON words_write (experiment_key, at, revision);

-- Places in the dashboard that somebody wants to come back to; without an experiment, beyond one.
CREATE TABLE saved_view (
    key            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_key    BIGINT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    experiment_key BIGINT REFERENCES experiment (key) ON DELETE CASCADE,
    name           TEXT COLLATE "C" NOT NULL,
    address        TEXT NOT NULL,
    modified       BIGINT NOT NULL
);
CREATE UNIQUE INDEX saved_view_beyond ON saved_view (account_key, name) WHERE experiment_key IS NULL;
CREATE UNIQUE INDEX saved_view_within ON saved_view (account_key, experiment_key, name) WHERE experiment_key IS NOT NULL;
CREATE INDEX saved_view_of_experiment ON saved_view (experiment_key);

ALTER TABLE event ADD COLUMN reason TEXT;
