-- works-with: 1
-- Times are milliseconds since 1970, UTC. Names and keys are compared and ordered by code point.

CREATE TABLE setting (
  name  text COLLATE "C" PRIMARY KEY,
  value bigint NOT NULL
) WITH (fillfactor = 50);

-- cutoff:         sequence number up to which everything is dead
-- bootstrap:      state of the first start
-- changes-purged: highest number that was deleted from the feed
-- probe:          written to prove that the store takes writes
INSERT INTO setting (name, value) VALUES ('cutoff', 0), ('bootstrap', 0), ('changes-purged', 0), ('probe', 0);

-- Order of all sign-ins and cut-offs. Drawn under the locks that PostgresLocks describes.
CREATE SEQUENCE sign_in_order AS bigint;

-- A sequence gives no number twice, so nothing of a removed account can belong to its successor.
CREATE SEQUENCE account_number AS bigint;

-- Accounts of external authorities: external_id is who it is there, mapped_roles what its groups map to beside what the
-- operator granted, verified when the password whose hash stands in password was confirmed last.
CREATE TABLE account (
  id               bigint PRIMARY KEY DEFAULT nextval('account_number'),
  key              text COLLATE "C" NOT NULL UNIQUE,
  name             text COLLATE "C" NOT NULL,
  authority        text NOT NULL,
  password         text,
  password_version bigint NOT NULL DEFAULT 0,
  enabled          boolean NOT NULL DEFAULT true,
  cutoff           bigint NOT NULL DEFAULT 0,
  roles            integer NOT NULL DEFAULT 0,
  external_id      text,
  mapped_roles     integer NOT NULL DEFAULT 0,
  verified         bigint
) WITH (fillfactor = 80);

CREATE INDEX account_name ON account (name);

CREATE SEQUENCE tenant_number AS bigint;

CREATE TABLE tenant (
  id          bigint PRIMARY KEY DEFAULT nextval('tenant_number'),
  key         text COLLATE "C" NOT NULL UNIQUE,
  name        text COLLATE "C" NOT NULL,
  internal_id text COLLATE "C" NOT NULL UNIQUE,
  hidden      boolean NOT NULL DEFAULT false
);

CREATE INDEX tenant_name ON tenant (name);

-- A membership may be granted, mapped, or both; one that is neither is deleted.
CREATE TABLE membership (
  account_id bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  tenant_id  bigint NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  granted    boolean NOT NULL DEFAULT true,
  mapped     boolean NOT NULL DEFAULT false,
  PRIMARY KEY (account_id, tenant_id)
);

CREATE INDEX membership_tenant ON membership (tenant_id);

-- No reference to account: an ended session is remembered longer than a removed account. Partitioned by the token's
-- hash: it is evenly spread, it is what the hot question asks for, and only so can the database keep it unique. Rows
-- come and go all day; vacuum works on an eighth at a time, and beside the other seven.
--
-- parent: hash of the token that it was made from; client_id: number of the account of the OAuth client that it was
-- issued to. It lives no longer than they do.
-- used, successor, sealed: a refresh token that was used, and what it turned into.
CREATE TABLE session (
  id         bytea NOT NULL,
  token      bytea NOT NULL,
  kind       integer NOT NULL,
  account_id bigint NOT NULL,
  dialect    text,
  sequence   bigint NOT NULL,
  issued     bigint NOT NULL,
  expires    bigint,
  idle       bigint,
  last_used  bigint NOT NULL,
  source     text,
  seat       text,
  family     bytea,
  parent     bytea,
  client_id  bigint,
  label      text,
  tenants    bigint[],
  attributes text,
  ended      bigint,
  retention  bigint NOT NULL,
  used       bigint,
  successor  bytea,
  sealed     bytea,
  PRIMARY KEY (token)
) PARTITION BY HASH (token);

-- Room on each page, so that a last use is written in place and touches no index.
DO $$
BEGIN
  FOR part IN 0..7 LOOP
    EXECUTE format(
      'CREATE TABLE session_%s PARTITION OF session FOR VALUES WITH (MODULUS 8, REMAINDER %s) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)',
      part, part);
  END LOOP;
END
$$;

CREATE INDEX session_id ON session (id);
CREATE INDEX session_account ON session (account_id, dialect);
CREATE INDEX session_family ON session (family) WHERE family IS NOT NULL;
CREATE INDEX session_parent ON session (parent) WHERE parent IS NOT NULL;
CREATE INDEX session_expires ON session (expires) WHERE expires IS NOT NULL;
CREATE INDEX session_ended ON session (ended) WHERE ended IS NOT NULL;
CREATE INDEX session_tenants ON session USING gin (tenants) WHERE tenants IS NOT NULL;

CREATE TABLE take_over (
  account_id bigint NOT NULL,
  dialect    text NOT NULL,
  time       bigint NOT NULL,
  PRIMARY KEY (account_id, dialect)
);

CREATE TABLE guess (
  key     text COLLATE "C" PRIMARY KEY,
  count   integer NOT NULL,
  delayed bigint,
  locked  bigint,
  touched bigint NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX guess_touched ON guess (touched);

CREATE TABLE guess_source (
  key    text COLLATE "C" PRIMARY KEY,
  count  integer NOT NULL,
  since  bigint NOT NULL
) WITH (fillfactor = 70);

-- Partitioned by month (PostgresAuditPartitions): a month that is over and done with is dropped whole. What no month
-- takes, as from a node whose clock is far off, lands in the default partition: an event is never refused.
CREATE SEQUENCE audit_number AS bigint;

CREATE TABLE audit (
  number  bigint NOT NULL DEFAULT nextval('audit_number'),
  time    bigint NOT NULL,
  event   text NOT NULL,
  outcome text NOT NULL,
  account text,
  name    text,
  dialect text,
  method  text,
  tenant  text,
  source  text,
  session text,
  reason  text,
  details text,
  PRIMARY KEY (number, time)
) PARTITION BY RANGE (time);

CREATE INDEX audit_time ON audit (time);
CREATE TABLE audit_other PARTITION OF audit DEFAULT;

CREATE TABLE signing_key (
  id        text PRIMARY KEY,
  purpose   text NOT NULL,
  announced bigint NOT NULL,
  active    bigint NOT NULL,
  retired   bigint,
  dead      bigint,
  material  bytea NOT NULL
);

CREATE SEQUENCE change_number AS bigint;

CREATE TABLE change (
  number  bigint PRIMARY KEY DEFAULT nextval('change_number'),
  kind    integer NOT NULL,
  subject text NOT NULL,
  time    bigint NOT NULL
);
