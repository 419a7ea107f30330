-- A session that was made from another one, or issued to an OAuth client, lives no longer than they do.
-- parent: hash of the token that it was made from. client_id: number of the client's account.
ALTER TABLE session ADD COLUMN parent BLOB;
ALTER TABLE session ADD COLUMN client_id INTEGER;

CREATE INDEX session_parent ON session (parent) WHERE parent IS NOT NULL;
