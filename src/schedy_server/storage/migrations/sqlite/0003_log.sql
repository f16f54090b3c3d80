-- The log of an experiment, page by page in the order of time.
-- compatible: yes (it only makes a question faster)

CREATE INDEX job_write_by_age ON job_write (experiment_key, at, number, version);
