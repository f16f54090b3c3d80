-- name: posts_like
-- The latest only: whoever adds a thousand equal jobs asks a thousand times.
SELECT number, connection, flushed, at FROM post_ledger
 WHERE experiment_key = :experiment_key AND digest = :digest AND at >= :since AND account_key = :account_key
 ORDER BY at DESC, key DESC LIMIT :limit;

-- name: insert_post
INSERT INTO post_ledger (experiment_key, account_key, digest, number, connection, at)
VALUES (:experiment_key, :account_key, :digest, :number, :connection, :at);

-- name: delete_post
DELETE FROM post_ledger
 WHERE experiment_key = :experiment_key AND digest = :digest AND at = :at AND number = :number;

-- name: flush_post
UPDATE post_ledger SET flushed = :flushed
 WHERE experiment_key = :experiment_key AND digest = :digest AND at = :at AND number = :number;

-- name: forget_posts
DELETE FROM post_ledger WHERE at < :before;
