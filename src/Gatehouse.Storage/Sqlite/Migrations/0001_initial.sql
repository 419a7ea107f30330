-- Times are milliseconds since 1970, UTC. Booleans are 0 and 1.

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- sequence:       order of all sign-ins and cut-offs
-- cutoff:         sequence number up to which everything is dead
-- bootstrap:      state of the first start
-- changes-purged: highest number that was deleted from the feed
-- probe:          written to prove that the store takes writes
INSERT INTO setting (name, value) VALUES ('sequence', 0), ('cutoff', 0), ('bootstrap', 0), ('changes-purged', 0), ('probe', 0);

-- AUTOINCREMENT: a number is never given twice, so nothing of a removed account can belong to its successor.
CREATE TABLE account (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  key              TEXT NOT NULL UNIQUE,
  name             TEXT NOT NULL,
  authority        TEXT NOT NULL,
  password         TEXT,
  password_version INTEGER NOT NULL DEFAULT 0,
  enabled          INTEGER NOT NULL DEFAULT 1,
  cutoff           INTEGER NOT NULL DEFAULT 0,
  roles            INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE tenant (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  key         TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  internal_id TEXT NOT NULL UNIQUE,
  hidden      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE membership (
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  tenant_id  INTEGER NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, tenant_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX membership_tenant ON membership (tenant_id);

-- No reference to account: an ended session is remembered longer than a removed account.
CREATE TABLE session (
  id         BLOB PRIMARY KEY,
  token      BLOB NOT NULL UNIQUE,
  kind       INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  dialect    TEXT,
  sequence   INTEGER NOT NULL,
  issued     INTEGER NOT NULL,
  expires    INTEGER,
  idle       INTEGER,
  last_used  INTEGER NOT NULL,
  source     TEXT,
  seat       TEXT,
  family     BLOB,
  label      TEXT,
  attributes TEXT,
  ended      INTEGER,
  retention  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_account ON session (account_id, dialect);
CREATE INDEX session_family ON session (family) WHERE family IS NOT NULL;
CREATE INDEX session_expires ON session (expires) WHERE expires IS NOT NULL;
CREATE INDEX session_ended ON session (ended) WHERE ended IS NOT NULL;

CREATE TABLE session_tenant (
  session_id BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  tenant_id  INTEGER NOT NULL,
  PRIMARY KEY (session_id, tenant_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_tenant_tenant ON session_tenant (tenant_id);

-- A refresh token that was used, and what it turned into.
CREATE TABLE rotation (
  session_id BLOB PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  used       INTEGER NOT NULL,
  successor  BLOB NOT NULL,
  sealed     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE take_over (
  account_id INTEGER NOT NULL,
  dialect    TEXT NOT NULL,
  time       INTEGER NOT NULL,
  PRIMARY KEY (account_id, dialect)
) STRICT, WITHOUT ROWID;

CREATE TABLE guess (
  key     TEXT PRIMARY KEY,
  count   INTEGER NOT NULL,
  delayed INTEGER,
  locked  INTEGER,
  touched INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX guess_touched ON guess (touched);

CREATE TABLE guess_source (
  key    TEXT PRIMARY KEY,
  count  INTEGER NOT NULL,
  window INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  time    INTEGER NOT NULL,
  event   TEXT NOT NULL,
  outcome TEXT NOT NULL,
  account TEXT,
  name    TEXT,
  dialect TEXT,
  method  TEXT,
  tenant  TEXT,
  source  TEXT,
  session TEXT,
  reason  TEXT,
  details TEXT
) STRICT;

CREATE INDEX audit_time ON audit (time);

CREATE TABLE signing_key (
  id        TEXT PRIMARY KEY,
  purpose   TEXT NOT NULL,
  announced INTEGER NOT NULL,
  active    INTEGER NOT NULL,
  retired   INTEGER,
  dead      INTEGER,
  material  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    INTEGER NOT NULL,
  subject TEXT NOT NULL,
  time    INTEGER NOT NULL
) STRICT;
