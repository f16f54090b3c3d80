-- fragment: credential_columns
credential.id, credential.account_key, account.email, credential.kind, credential.name, credential.scope, credential.hint, credential.created, credential.expires, credential.last_used, credential.retired, credential.revoked

-- name: account_by_email
SELECT key, email, password_hash, created FROM account WHERE email = :email;

-- name: accounts
SELECT key, email, password_hash, created FROM account ORDER BY email;

-- name: any_account
SELECT key FROM account LIMIT 1;

-- name: insert_account
-- Two may ask for the same address at once; the second one is told by the count of rows.
INSERT INTO account (email, password_hash, created) VALUES (:email, :password_hash, :created)
ON CONFLICT (email) DO NOTHING;

-- name: set_password_hash
UPDATE account SET password_hash = :password_hash WHERE key = :key;

-- name: experiments_of_account
SELECT count(*) FROM experiment WHERE account_key = :account_key;

-- name: delete_account
DELETE FROM account WHERE key = :key;

-- name: credential_by_id
-- Runs in every request that carries a session token.
SELECT {credential_columns} FROM credential JOIN account ON account.key = credential.account_key
 WHERE credential.id = :id;

-- name: credential_by_digest
-- Runs in every request that carries an API token.
SELECT {credential_columns} FROM credential JOIN account ON account.key = credential.account_key
 WHERE credential.digest = :digest;

-- name: tokens_of_account
-- Revoked ones are of no more use to anybody.
SELECT {credential_columns} FROM credential JOIN account ON account.key = credential.account_key
 WHERE credential.account_key = :account_key AND credential.kind = 'api_token'
   AND credential.revoked IS NULL
 ORDER BY credential.created, credential.id;

-- name: browsers_of_account
-- Sessions of browsers have a secret of their own; those of clients are signed.
SELECT {credential_columns} FROM credential JOIN account ON account.key = credential.account_key
 WHERE credential.account_key = :account_key AND credential.kind = 'sign_in'
   AND credential.digest IS NOT NULL AND credential.revoked IS NULL AND credential.expires > :now
 ORDER BY credential.created DESC, credential.id;

-- name: insert_credential
INSERT INTO credential (id, account_key, kind, name, scope, digest, hint, created, expires)
VALUES (:id, :account_key, :kind, :name, :scope, :digest, :hint, :created, :expires);

-- name: use_credential
-- Never backwards: notes of use may arrive late.
UPDATE credential SET last_used = :at WHERE id = :id AND (last_used IS NULL OR last_used < :at);

-- name: revoke_credential
UPDATE credential SET revoked = :at WHERE id = :id AND revoked IS NULL;

-- name: revoke_sign_ins
UPDATE credential SET revoked = :at
 WHERE account_key = :account_key AND kind = 'sign_in' AND revoked IS NULL;

-- name: retire_tokens_named
UPDATE credential SET retired = :at
 WHERE account_key = :account_key AND kind = 'api_token' AND name = :name AND retired IS NULL;

-- name: forget_sign_ins
DELETE FROM credential WHERE kind = 'sign_in' AND expires < :before;

-- name: signing_keys
-- The newest signs; the others still verify what they signed.
SELECT id, secret, created FROM signing_key WHERE retired IS NULL ORDER BY created DESC, id;

-- name: insert_signing_key
INSERT INTO signing_key (id, secret, created) VALUES (:id, :secret, :created);

-- name: insert_setup_link
INSERT INTO setup_link (digest, expires) VALUES (:digest, :expires);

-- name: setup_link
SELECT expires FROM setup_link WHERE digest = :digest;

-- name: delete_setup_links
DELETE FROM setup_link;

-- name: forget_setup_links
DELETE FROM setup_link WHERE expires < :before;

-- name: failures
SELECT failures, latest FROM throttle WHERE subject = :subject;

-- name: count_failure
-- What happened before `fresh` is forgotten: the count starts anew.
INSERT INTO throttle (subject, failures, latest) VALUES (:subject, 1, :at)
ON CONFLICT (subject) DO UPDATE
   SET failures = CASE WHEN throttle.latest < :fresh THEN 1 ELSE throttle.failures + 1 END,
       latest = excluded.latest;

-- name: forgive
DELETE FROM throttle WHERE subject = :subject;

-- name: forget_failures
DELETE FROM throttle WHERE latest < :before;
