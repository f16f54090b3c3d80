-- name: experiment_words
SELECT tags, note FROM experiment_words WHERE experiment_key = :experiment_key;

-- name: words_of_experiments
SELECT experiment_words.experiment_key, experiment_words.tags, experiment_words.note
  FROM experiment_words JOIN experiment ON experiment.key = experiment_words.experiment_key
 WHERE experiment.account_key = :account_key AND experiment.name BETWEEN :first AND :last;

-- name: job_words
SELECT tags, note FROM job_words WHERE experiment_key = :experiment_key AND number = :number;

-- name: job_words_between
SELECT number, tags, note FROM job_words
 WHERE experiment_key = :experiment_key AND number BETWEEN :first AND :last;

-- name: job_words_since
-- What charts and tables show of them.
SELECT number, tags, note FROM job_words WHERE experiment_key = :experiment_key AND revision > :since;

-- name: put_experiment_words
INSERT INTO experiment_words (experiment_key, tags, note, revision)
VALUES (:experiment_key, :tags, :note, :revision)
    ON CONFLICT (experiment_key)
    DO UPDATE SET tags = excluded.tags, note = excluded.note, revision = excluded.revision;

-- name: put_job_words
INSERT INTO job_words (experiment_key, number, tags, note, revision)
VALUES (:experiment_key, :number, :tags, :note, :revision)
    ON CONFLICT (experiment_key, number)
    DO UPDATE SET tags = excluded.tags, note = excluded.note, revision = excluded.revision;

-- name: insert_words_write
INSERT INTO words_write (experiment_key, revision, number, what, words_digest, account_key, actor, at, request_id, reason)
VALUES (:experiment_key, :revision, :number, :what, :words_digest, :account_key, :actor, :at, :request_id, :reason);

-- name: words_writes_of_experiment
SELECT words_write.at, words_write.revision, job.id, words_write.what, words_write.actor,
       words_write.reason, words_write.request_id
  FROM words_write
  LEFT JOIN job ON job.experiment_key = words_write.experiment_key AND job.number = words_write.number
 WHERE words_write.experiment_key = :experiment_key
   AND (words_write.at, words_write.revision) > (:at, :revision)
 ORDER BY words_write.at, words_write.revision LIMIT :limit;

-- name: words_writes_of_job
SELECT words_write.at, words_write.revision, job.id, words_write.what, words_write.actor,
       words_write.reason, words_write.request_id
  FROM words_write
  JOIN job ON job.experiment_key = words_write.experiment_key AND job.number = words_write.number
 WHERE words_write.experiment_key = :experiment_key AND words_write.number = :of_number
   AND (words_write.at + 0, words_write.revision) > (:at, :revision)
 ORDER BY words_write.at + 0, words_write.revision LIMIT :limit;

-- name: all_job_words
SELECT number, tags, note, revision FROM job_words WHERE experiment_key = :experiment_key ORDER BY number;

-- name: all_experiment_words
SELECT tags, note, revision FROM experiment_words WHERE experiment_key = :experiment_key;

-- name: all_words_writes
SELECT number, revision, words_digest FROM words_write
 WHERE experiment_key = :experiment_key ORDER BY revision;

-- fragment: saved_view_rows
SELECT saved_view.key, saved_view.name, experiment.name, saved_view.address, saved_view.modified
  FROM saved_view LEFT JOIN experiment ON experiment.key = saved_view.experiment_key

-- name: saved_views
{saved_view_rows} WHERE saved_view.account_key = :account_key
 ORDER BY saved_view.key;

-- name: insert_saved_view
INSERT INTO saved_view (account_key, experiment_key, name, address, modified)
VALUES (:account_key, :experiment_key, :name, :address, :modified);

-- name: update_saved_view
UPDATE saved_view SET address = :address, modified = :modified WHERE key = :key;

-- name: delete_saved_view
DELETE FROM saved_view WHERE key = :key;
